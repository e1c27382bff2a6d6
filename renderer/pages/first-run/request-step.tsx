import { useState } from 'react'
import { Anchor, Button, Select, Text, Title } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useTranslation } from 'react-i18next'
import type { ConfigView, ProjectView } from '../../../proxy/contract.ts'
import { CodeBlock } from '../../components/code-block.tsx'
import { CopyButton } from '../../components/copy-button.tsx'
import { SecretText } from '../../components/secret-text.tsx'
import { StateBadge } from '../../components/state-badge.tsx'
import { useClient, useConsole } from '../../console-context.ts'
import { useFailureText } from '../../failure-text.ts'
import { hrefTo } from '../../route.ts'
import { useQuery } from '../../use-query.ts'
import { useQuickEdit } from '../../use-quick-edit.ts'
import { curlText } from './curl-text.ts'
import { FirstAnswer } from './first-answer.tsx'
import classes from './first-run.module.css'
import { projectEdit } from './guide-edits.ts'
import { useNewestRequest } from './use-newest-request.ts'

export interface RequestStepProps {
  readonly view: ConfigView
  /** The upstream that was just set up; '' for the demo. */
  readonly upstream: string
  readonly onBack: () => void
  readonly onDone: () => void
}

/** What to paste where, and the wait for the first answer. */
export function RequestStep({ view, upstream, onBack, onDone }: RequestStepProps) {
  const { t } = useTranslation('firstRun')
  const request = useNewestRequest()
  const project = view.projects.find(({ settings }) => settings['enabled'] !== false)
  return (
    <section className={`panel ${classes.panel}`}>
      <Title order={2}>{t('request.title')}</Title>
      {project === undefined ? <NoProject view={view} /> : <Command project={project} upstream={upstream} />}
      <FirstAnswer request={request} />
      <div className={classes.foot}>
        <Button variant="default" onClick={onBack}>
          {t('request.another')}
        </Button>
        <Button variant={request?.end === 'done' ? 'filled' : 'default'} onClick={onDone}>
          {t('request.done')}
        </Button>
      </div>
    </section>
  )
}

interface CommandProps {
  readonly project: ProjectView
  readonly upstream: string
}

function Command({ project, upstream }: CommandProps) {
  const { t } = useTranslation(['firstRun', 'common'])
  const client = useClient()
  const baseUrl = useConsole((state) => state.status?.listening?.baseUrl ?? '')
  const platform = useConsole((state) => state.status?.platform ?? '')
  const applied = useConsole((state) => state.status?.config.appliedRevision ?? '')
  const [chosen, setChosen] = useState<string | null>(null)
  const models = useQuery(
    'first models',
    async () => {
      const [allowed, all] = await Promise.all([client.listProjectModels(project.name), client.listModels()])
      const own = all.filter(({ targets }) => targets.some((target) => target.upstream === upstream && target.usable))
      const ready = all.filter(({ targets }) => targets.some((target) => target.usable))
      const names = [...own, ...ready].map(({ name }) => name).filter((name) => allowed.includes(name))
      return [...new Set([...names, ...allowed])]
    },
    { refresh: applied },
  )
  const names = models.data ?? []
  const model = chosen ?? names[0] ?? ''
  const reveal = () => client.revealSecret({ kind: 'project-key', project: project.name })
  const command = (key: string) => curlText({ baseUrl, key, model, platform })
  return (
    <>
      <dl className={classes.facts}>
        <dt>{t('request.url')}</dt>
        <dd className={classes.fact}>
          <span className="mono breaks">{baseUrl}</span>
          <CopyButton text={baseUrl} what={t('common:app.baseUrl')} />
        </dd>
        <dt>{t('request.key')}</dt>
        <dd>
          <SecretText masked={project.maskedKey} what={t('request.keyOf', { name: project.name })} reveal={reveal} />
        </dd>
      </dl>
      <Select
        label={t('request.model')}
        classNames={{ input: 'mono', option: 'mono' }}
        searchable
        allowDeselect={false}
        limit={100}
        data={[...names]}
        value={model === '' ? null : model}
        onChange={setChosen}
      />
      <div>
        <Text size="sm" mb={6}>
          {t('request.paste')}
        </Text>
        <CodeBlock
          code={command(project.maskedKey)}
          copyText={async () => command(await reveal())}
          what={t('request.command')}
        />
        <Text size="xs" c="dimmed" mt={6}>
          {t('request.tools')}{' '}
          <Anchor href={hrefTo('connect')} fz="inherit" underline="always">
            {t('request.connect')}
          </Anchor>
        </Text>
      </div>
    </>
  )
}

function NoProject({ view }: { readonly view: ConfigView }) {
  const { t } = useTranslation('firstRun')
  const client = useClient()
  const failureText = useFailureText()
  const quick = useQuickEdit(view)

  async function handleCreate(): Promise<void> {
    try {
      await quick.change([projectEdit(view.projects.length, await client.createKey(), t('project'))])
    } catch (error) {
      notifications.show({ color: 'red', message: failureText(error) })
    }
  }

  return (
    <div className={classes.foot}>
      <StateBadge tone="warning" plain>
        {t('request.noProject')}
      </StateBadge>
      <Button loading={quick.busy} onClick={() => void handleCreate()}>
        {t('request.makeProject')}
      </Button>
    </div>
  )
}
