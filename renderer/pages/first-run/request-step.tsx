import { useState } from 'react'
import { Anchor, Button, SegmentedControl, Select, Text, Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { ConfigView, ProjectView } from '../../../proxy/contract.ts'
import { CodeBlock } from '../../components/code-block.tsx'
import { CopyButton } from '../../components/copy-button.tsx'
import { SecretText } from '../../components/secret-text.tsx'
import { StateBadge } from '../../components/state-badge.tsx'
import { useClient, useConsole } from '../../console-context.ts'
import { hrefTo } from '../../route.ts'
import { isCovered } from '../../model-patterns.ts'
import { useQuery } from '../../use-query.ts'
import { useQuickEdit } from '../../use-quick-edit.ts'
import { useNotices } from '../../use-notices.ts'
import { commandFor, shells, usableModels, type Shell } from '../overview/first-request-command.ts'
import { FirstAnswer } from './first-answer.tsx'
import classes from './first-run.module.css'
import { projectEdit } from './guide-edits.ts'
import { useNewestRequest } from './use-newest-request.ts'

export interface RequestStepProps {
  readonly view: ConfigView
  /** The model to ask for, of the upstream that was just set up; '' for any. */
  readonly wanted: string
  readonly onBack: () => void
  readonly onDone: () => void
}

/** What to paste where, and the wait for the first answer. */
export function RequestStep({ view, wanted, onBack, onDone }: RequestStepProps) {
  const { t } = useTranslation('firstRun')
  const request = useNewestRequest()
  const project = view.projects.find(({ settings }) => settings['enabled'] !== false)
  return (
    <section className={`panel ${classes.panel}`}>
      <Title order={2}>{t('request.title')}</Title>
      {project === undefined ? <NoProject view={view} /> : <Command project={project} wanted={wanted} />}
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
  readonly wanted: string
}

function Command({ project, wanted }: CommandProps) {
  const { t } = useTranslation(['firstRun', 'overview', 'common'])
  const client = useClient()
  const baseUrl = useConsole((state) => state.status?.listening?.baseUrl ?? '')
  const applied = useConsole((state) => state.status?.config.appliedRevision ?? '')
  const [chosen, setChosen] = useState<string | null>(null)
  const [shell, setShell] = useState<Shell>(() => (navigator.userAgent.includes('Windows') ? 'powershell' : 'bash'))
  const models = useQuery('models', () => client.listModels(), { refresh: applied })
  const ready = usableModels(models.data ?? [], project.name)
  // A model that discovery has not found yet is asked for all the same, if the project may.
  const allowed = allowedModels(project)
  const isAllowed = wanted !== '' && (allowed.includes(wanted) || isCovered(wanted, allowed))
  const names = [...new Set([...(isAllowed ? [wanted] : []), ...ready])]
  const model = chosen ?? names[0] ?? ''
  const reveal = () => client.revealSecret({ kind: 'project-key', project: project.name })
  const command = (key: string) => commandFor(shell, { baseUrl, key, model })
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
      <div className={classes.choice}>
        <Select
          label={t('request.model')}
          classNames={{ input: 'mono', option: 'mono' }}
          searchable
          allowDeselect={false}
          limit={100}
          data={names}
          value={model === '' ? null : model}
          onChange={setChosen}
        />
        <SegmentedControl
          aria-label={t('request.shell')}
          data={shells.map((value) => ({ value, label: t(`overview:first.shells.${value}`) }))}
          value={shell}
          // Safe: the values are the shells.
          onChange={(value) => setShell(value as Shell)}
        />
      </div>
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
  const notices = useNotices()
  const quick = useQuickEdit(view)

  async function handleCreate(): Promise<void> {
    try {
      await quick.change([projectEdit(view.projects.length, await client.createKey(), t('project'))])
    } catch (error) {
      notices.showFailure(error)
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

function allowedModels({ settings }: ProjectView): readonly string[] {
  const models = settings['allowed_models']
  return Array.isArray(models) ? models.filter((model) => typeof model === 'string') : []
}
