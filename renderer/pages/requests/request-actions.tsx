import { useState } from 'react'
import { Anchor, Button, Group, Popover, Text } from '@mantine/core'
import { IconRepeat } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { ConfigView, RequestRecord } from '../../../proxy/contract.ts'
import { toFailure, type ControlFailure } from '../../client.ts'
import { CopyButton } from '../../components/copy-button.tsx'
import { QueryView } from '../../components/query-view.tsx'
import { StateBadge } from '../../components/state-badge.tsx'
import { useClient } from '../../console-context.ts'
import { failureText } from '../../failure-text.ts'
import { hrefTo } from '../../route.ts'
import { useConfigView } from '../../use-config-view.ts'
import { useQuickEdit } from '../../use-quick-edit.ts'
import classes from './request-details.module.css'

export interface RequestActionsProps {
  readonly record: RequestRecord
  /** Null while that isn't known yet: then it may be tried, and says so when it can't be done. */
  readonly bodyKept: boolean | null
}

type Replay =
  | { readonly kind: 'idle' }
  | { readonly kind: 'sending' }
  | { readonly kind: 'sent'; readonly id: string; readonly status: number }
  | { readonly kind: 'failed'; readonly failure: ControlFailure }

/** Copy as curl, and send again. */
export function RequestActions({ record, bodyKept }: RequestActionsProps) {
  const { t } = useTranslation('requests')
  const { t: common } = useTranslation('common')
  const client = useClient()
  const [replay, setReplay] = useState<Replay>({ kind: 'idle' })

  function handleReplay(): void {
    setReplay({ kind: 'sending' })
    client.replayRequest(record.id).then(
      ({ id, status }) => setReplay({ kind: 'sent', id, status }),
      (error: unknown) => setReplay({ kind: 'failed', failure: toFailure(error) }),
    )
  }

  return (
    <div>
      <Group gap="xs">
        <CopyButton text={() => client.getRequestAsCurl(record.id)} what={t('actions.curlCommand')}>
          {t('actions.curl')}
        </CopyButton>
        {bodyKept === false ? (
          <ReplayNeedsBody />
        ) : (
          <Button
            variant="default"
            leftSection={<IconRepeat size={16} stroke={1.75} aria-hidden />}
            loading={replay.kind === 'sending'}
            onClick={handleReplay}
          >
            {t('actions.replay')}
          </Button>
        )}
      </Group>
      <output className={classes.outcome}>
        {replay.kind === 'sent' && (
          <>
            <StateBadge tone={replay.status < 400 ? 'good' : 'bad'} plain>
              {t('actions.sent', { status: replay.status })}
            </StateBadge>
            <Anchor href={hrefTo('requests', [replay.id])} fz="sm" underline="always">
              {t('actions.openSent')}
            </Anchor>
          </>
        )}
        {replay.kind === 'failed' && (
          <StateBadge tone="bad" plain>
            {replay.failure.code === 'body_not_kept' ? t('actions.bodyGone') : failureText(common, replay.failure)}
          </StateBadge>
        )}
      </output>
    </div>
  )
}

/** The button that can't send anything says why, and offers to change that for what comes. */
function ReplayNeedsBody() {
  const { t } = useTranslation('requests')
  const [opened, setOpened] = useState(false)
  return (
    <Popover opened={opened} onChange={setOpened} withArrow shadow="md" width={320} trapFocus returnFocus>
      <Popover.Target>
        <Button
          variant="default"
          leftSection={<IconRepeat size={16} stroke={1.75} aria-hidden />}
          onClick={() => setOpened(!opened)}
        >
          {t('actions.replayWhy')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('actions.replayWhy')}>
        <BodySetting />
      </Popover.Dropdown>
    </Popover>
  )
}

function BodySetting() {
  const config = useConfigView()
  return (
    <QueryView query={config} rows={1}>
      {(view) => <KeepBodies view={view} />}
    </QueryView>
  )
}

function KeepBodies({ view }: { readonly view: ConfigView }) {
  const { t } = useTranslation('requests')
  const { busy, change } = useQuickEdit(view)
  const [turnedOn, setTurnedOn] = useState(false)
  if (turnedOn) {
    return (
      <StateBadge tone="good" plain>
        {t('actions.bodiesOn')}
      </StateBadge>
    )
  }
  if (keepsBodies(view)) return <Text size="sm">{t('actions.bodyNotThis')}</Text>
  return (
    <>
      <Text size="sm">{t('actions.bodiesOff')}</Text>
      <Group justify="flex-end" mt="sm">
        <Button
          loading={busy}
          disabled={!view.writable}
          onClick={() => {
            const edit = { op: 'set', path: ['server', 'log', 'bodies'], value: true } as const
            void change([edit]).then(setTurnedOn)
          }}
        >
          {t('actions.turnBodiesOn')}
        </Button>
      </Group>
    </>
  )
}

function keepsBodies({ server }: ConfigView): boolean {
  const log = server['log']
  return typeof log === 'object' && log !== null && 'bodies' in log && log.bodies === true
}
