/** Before the first request: a command that is ready to paste. It turns green by itself once an answer has gone out. */
import { useState } from 'react'
import { ActionIcon, Anchor, Button, Group, SegmentedControl, Select, Text, Title, Tooltip } from '@mantine/core'
import { IconEye, IconEyeOff } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { ConfigView, EngineStatus, ModelEntry } from '../../../proxy/contract.ts'
import { toFailure } from '../../client.ts'
import { CodeBlock } from '../../components/code-block.tsx'
import { QueryView } from '../../components/query-view.tsx'
import { StateBadge } from '../../components/state-badge.tsx'
import { useClient, useConsole } from '../../console-context.ts'
import { failureText } from '../../failure-text.ts'
import { hrefTo } from '../../route.ts'
import { useConfigView } from '../../use-config-view.ts'
import { useQuery } from '../../use-query.ts'
import { commandFor, firstModel, shells, usableModels, type Shell } from './first-request-command.ts'
import classes from './first-request.module.css'

export interface FirstRequestProps {
  readonly status: EngineStatus
}

export function FirstRequest({ status }: FirstRequestProps) {
  const { t } = useTranslation('overview')
  const client = useClient()
  const config = useConfigView()
  const connections = useConsole((state) => state.connections)
  const refresh = `${connections} ${status.config.appliedRevision}`
  const models = useQuery('models', () => client.listModels(), { refresh })
  const answered = status.hasAnswered
  const baseUrl = status.listening?.baseUrl
  return (
    <section className={`panel ${classes.panel}`} data-answered={answered || undefined}>
      <div className={classes.head}>
        <Title order={2}>{answered ? t('first.answeredTitle') : t('first.title')}</Title>
        <output>
          <StateBadge tone={answered ? 'good' : 'busy'}>
            {answered ? t('first.answered') : t('first.waiting')}
          </StateBadge>
        </output>
      </div>
      {answered && <Answered />}
      {!answered && baseUrl === undefined && <Text size="sm">{t('first.notListening')}</Text>}
      {!answered && baseUrl !== undefined && (
        <QueryView query={config} rows={2}>
          {(view) => (
            <QueryView query={models} rows={2}>
              {(entries) => <ReadyCommand baseUrl={baseUrl} view={view} status={status} models={entries} />}
            </QueryView>
          )}
        </QueryView>
      )}
    </section>
  )
}

function Answered() {
  const { t } = useTranslation('overview')
  return (
    <>
      <Text size="sm">{t('first.answeredText')}</Text>
      <Group gap="xs" mt="sm">
        <Button component="a" href={hrefTo('connect')}>
          {t('first.connect')}
        </Button>
        <Button component="a" variant="default" href={hrefTo('requests')}>
          {t('first.seeLog')}
        </Button>
      </Group>
    </>
  )
}

interface ReadyCommandProps {
  readonly baseUrl: string
  readonly view: ConfigView
  readonly status: EngineStatus
  readonly models: readonly ModelEntry[]
}

function ReadyCommand({ baseUrl, view, status, models }: ReadyCommandProps) {
  const { t } = useTranslation(['overview', 'common'])
  const client = useClient()
  const enabled = status.projects.filter((project) => project.enabled).map(({ name }) => name)
  const able = enabled.filter((name) => firstModel(models, name) !== null)
  const [chosenProject, chooseProject] = useState<string | null>(null)
  const [chosenModel, chooseModel] = useState<string | null>(null)
  const [shell, setShell] = useState<Shell>(() => (navigator.userAgent.includes('Windows') ? 'powershell' : 'bash'))
  const secret = useSecretKey()

  const [firstAble] = able
  if (enabled.length === 0)
    return <Missing text={t('first.noProject')} href={hrefTo('projects')} link={t('fix.noProject')} />
  if (firstAble === undefined) {
    return <Missing text={t('first.noModel')} href={hrefTo('upstreams')} link={t('fix.noUpstream')} />
  }
  const project = chosenProject !== null && able.includes(chosenProject) ? chosenProject : firstAble
  const usable = usableModels(models, project)
  const model = chosenModel !== null && usable.includes(chosenModel) ? chosenModel : (usable[0] ?? '')
  const masked = view.projects.find(({ name }) => name === project)?.maskedKey ?? 'ak-…'
  const shownKey = secret.keyOf(project)
  const revealed = shownKey !== null
  const label = revealed
    ? t('common:action.hideOf', { what: t('first.key') })
    : t('common:action.revealOf', { what: t('first.key') })
  const reveal = () => client.revealSecret({ kind: 'project-key', project })
  return (
    <>
      <Text size="sm" c="dimmed">
        {t('first.text')}
      </Text>
      <Group gap="xs" my="sm" align="flex-end">
        {able.length > 1 && (
          <Select
            label={t('first.project')}
            w={160}
            data={able}
            value={project}
            allowDeselect={false}
            onChange={chooseProject}
          />
        )}
        <Select
          label={t('first.model')}
          w={220}
          data={usable}
          value={model}
          allowDeselect={false}
          searchable={usable.length > 8}
          onChange={chooseModel}
        />
        <SegmentedControl
          aria-label={t('first.shell')}
          data={shells.map((value) => ({ value, label: t(`first.shells.${value}`) }))}
          value={shell}
          // Safe: the values are the shells.
          onChange={(value) => setShell(value as Shell)}
        />
        <Tooltip label={label}>
          <ActionIcon
            size={30}
            variant="default"
            aria-label={label}
            aria-pressed={revealed}
            onClick={() => (revealed ? secret.hide() : secret.show(project, reveal))}
          >
            {revealed ? <IconEyeOff size={16} aria-hidden /> : <IconEye size={16} aria-hidden />}
          </ActionIcon>
        </Tooltip>
      </Group>
      <CodeBlock
        code={commandFor(shell, { baseUrl, key: shownKey ?? masked, model })}
        what={t('first.command')}
        copyText={async () => commandFor(shell, { baseUrl, key: await reveal(), model })}
      />
      {secret.problem !== null && (
        <Text size="sm" c="var(--mantine-color-error)" role="alert" mt="xs">
          {secret.problem}
        </Text>
      )}
      {!revealed && (
        <Text size="xs" c="dimmed" mt={6}>
          {t('first.copyFillsKey')}
        </Text>
      )}
    </>
  )
}

interface SecretKey {
  /** The key when it is the shown project's; null while it is masked. */
  readonly keyOf: (project: string) => string | null
  readonly show: (project: string, reveal: () => Promise<string>) => void
  readonly hide: () => void
  readonly problem: string | null
}

function useSecretKey(): SecretKey {
  const { t } = useTranslation('common')
  const [shown, setShown] = useState<{ readonly project: string; readonly key: string } | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  return {
    keyOf: (project) => (shown?.project === project ? shown.key : null),
    show(project, reveal) {
      setProblem(null)
      reveal().then(
        (key) => setShown({ project, key }),
        (error: unknown) => setProblem(failureText(t, toFailure(error))),
      )
    },
    hide: () => setShown(null),
    problem,
  }
}

interface MissingProps {
  readonly text: string
  readonly href: string
  readonly link: string
}

function Missing({ text, href, link }: MissingProps) {
  return (
    <Text size="sm">
      {text}{' '}
      <Anchor href={href} inherit underline="always">
        {link}
      </Anchor>
    </Text>
  )
}
