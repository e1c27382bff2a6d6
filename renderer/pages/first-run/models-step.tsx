import { Button, Checkbox, TagsInput, Text, Title } from '@mantine/core'
import { IconArrowRight } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { ModelPicker } from '../../components/model-picker.tsx'
import { LoadingState } from '../../components/view-states.tsx'
import { useClient } from '../../console-context.ts'
import { isCovered } from '../../model-patterns.ts'
import { useQuery } from '../../use-query.ts'
import { toUpstreamDraft, usableKeys } from '../upstreams/upstream-draft.ts'
import type { UpstreamForm } from '../upstreams/upstream-form.ts'
import classes from './first-run.module.css'

export interface ModelsStepProps {
  readonly form: UpstreamForm
  readonly saving: boolean
  readonly onChange: (change: Partial<UpstreamForm>) => void
  readonly onBack: () => void
  readonly onNext: () => void
}

/** Which of its models the upstream serves. All of them will do for a start. */
export function ModelsStep({ form, saving, onChange, onBack, onNext }: ModelsStepProps) {
  const { t } = useTranslation('firstRun')
  const client = useClient()
  const fetched = useQuery('offered', () =>
    client.fetchModels(toUpstreamDraft(form, null, usableKeys(form)[0] ?? null)),
  )
  const { models } = form
  const every = models.includes('*')
  const patterns = models.filter((model) => model.includes('*'))
  const refusal = fetched.data?.ok === false ? fetched.data.message : fetched.error?.message
  return (
    <section className={`panel ${classes.panel}`}>
      <Title order={2}>{t('models.title', { name: form.name })}</Title>
      <Checkbox
        label={t('models.every')}
        description={t('models.everyHint')}
        checked={every}
        onChange={(event) =>
          onChange({ models: event.currentTarget.checked ? ['*'] : models.filter((name) => name !== '*') })
        }
      />
      {!every && (
        <TagsInput
          label={t('models.names')}
          description={t('models.namesHint')}
          splitChars={[',', ' ', '\n']}
          acceptValueOnBlur
          value={[...models]}
          onChange={(names) => onChange({ models: names })}
        />
      )}
      {fetched.loading && <LoadingState rows={2} />}
      {!every && fetched.data?.ok === true && (
        <ModelPicker
          label={t('models.offered')}
          options={fetched.data.models.map((name) => ({ name, covered: isCovered(name, patterns) }))}
          chosen={models}
          onChange={(next) => onChange({ models: next })}
        />
      )}
      {every && fetched.data?.ok === true && (
        <Text size="sm" c="dimmed">
          {t('models.found', { count: fetched.data.models.length })}
        </Text>
      )}
      {refusal !== undefined && (
        <Text size="sm" c="dimmed" className="breaks">
          {t('models.notFetched', { reason: refusal })}
        </Text>
      )}
      <div className={classes.foot}>
        <Button variant="default" onClick={onBack}>
          {t('back')}
        </Button>
        <Button
          loading={saving}
          disabled={models.length === 0}
          rightSection={<IconArrowRight size={16} aria-hidden />}
          onClick={onNext}
        >
          {t('models.save')}
        </Button>
      </div>
    </section>
  )
}
