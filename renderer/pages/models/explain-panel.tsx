import { useState } from 'react'
import { ActionIcon, Autocomplete, Select, Text, Title, Tooltip } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconCircleCheck, IconCircleX, IconReload } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { ExplainStep } from '../../../proxy/contract.ts'
import { QueryView } from '../../components/query-view.tsx'
import { useClient, useConsole } from '../../console-context.ts'
import { useLocale } from '../../i18n.ts'
import { useQuery } from '../../use-query.ts'
import { explainText } from './explain-text.ts'
import classes from './models.module.css'

export interface ExplainPanelProps {
  readonly model: string
  /** Left out where the model is given: then it can't be chosen here. */
  readonly onModel?: (model: string) => void
  readonly names?: readonly string[]
}

// The drop-down finds any of them; more than these aren't read.
const shownNames = 50

/** "What would happen" to a request for a model under a project, step by step. Nothing is sent. */
export function ExplainPanel({ model, onModel, names = [] }: ExplainPanelProps) {
  const { t } = useTranslation(['models', 'common'])
  const client = useClient()
  const projects = useConsole((state) => state.status?.projects) ?? []
  const applied = useConsole((state) => state.status?.config.appliedRevision ?? '')
  const [project, setProject] = useState<string | null>(null)
  const [asked] = useDebouncedValue(model.trim(), 250)
  const chosen = projects.some(({ name }) => name === project) ? project : null
  const steps = useQuery(
    JSON.stringify([asked, chosen]),
    async () => (asked === '' ? [] : client.explainRoute(asked, chosen)),
    { refresh: applied },
  )
  return (
    <section className={`panel ${classes.section} ${classes.explain}`} aria-label={t('explain.title')}>
      <div className={classes.sectionHead}>
        <Title order={2}>{t('explain.title')}</Title>
        <Tooltip label={t('explain.again')}>
          <ActionIcon aria-label={t('explain.again')} disabled={asked === ''} onClick={steps.reload}>
            <IconReload size={16} stroke={1.75} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </div>
      <Text size="xs" c="dimmed">
        {t('explain.intro')}
      </Text>
      <div className={classes.question} data-single={onModel === undefined || undefined}>
        {onModel !== undefined && (
          <Autocomplete
            label={t('explain.model')}
            placeholder={t('explain.modelExample')}
            data={[...names]}
            limit={shownNames}
            value={model}
            onChange={onModel}
          />
        )}
        <Select
          label={t('explain.project')}
          data={[
            { value: '', label: t('explain.anyProject') },
            ...projects.filter(({ name }) => name !== '').map(({ name }) => ({ value: name, label: name })),
          ]}
          allowDeselect={false}
          value={chosen ?? ''}
          onChange={(value) => setProject(value === '' ? null : value)}
        />
      </div>
      {asked === '' ? (
        <Text size="sm" c="dimmed">
          {t('explain.idle')}
        </Text>
      ) : (
        <QueryView query={steps} rows={3}>
          {(list) => <Steps steps={list} />}
        </QueryView>
      )}
    </section>
  )
}

function Steps({ steps }: { readonly steps: readonly ExplainStep[] }) {
  const { t } = useTranslation(['models', 'common'])
  const locale = useLocale()
  return (
    <ol className={classes.steps} aria-label={t('explain.steps')}>
      {steps.map((step) => {
        const Icon = step.ok ? IconCircleCheck : IconCircleX
        return (
          <li key={JSON.stringify(step)} className={classes.step} data-code={step.code}>
            <Icon
              className={classes.stepIcon}
              data-ok={step.ok || undefined}
              size={16}
              stroke={2}
              aria-label={step.ok ? t('explain.ok') : t('explain.stop')}
            />
            <span className="breaks">{explainText(t, step, locale)}</span>
          </li>
        )
      })}
    </ol>
  )
}
