import { useState } from 'react'
import { Button, Checkbox, TagsInput, Title } from '@mantine/core'
import { IconListSearch } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { ModelFetch } from '../../../proxy/contract.ts'
import { ModelPicker } from '../../components/model-picker.tsx'
import { StateBadge } from '../../components/state-badge.tsx'
import { useClient } from '../../console-context.ts'
import { useFailureText } from '../../failure-text.ts'
import { isCovered } from '../../model-patterns.ts'
import { toUpstreamDraft, usableKeys } from './upstream-draft.ts'
import type { SectionProps } from './upstream-editor.tsx'
import classes from './upstreams.module.css'

type Fetched = { readonly state: 'none' | 'asking' } | { readonly state: 'done'; readonly result: ModelFetch }

/** Which models it serves: all, patterns, or names ticked in the provider's own list. */
export function ModelsSection({ form, savedName, path, fieldError, onChange }: SectionProps) {
  const { t } = useTranslation('upstreams')
  const client = useClient()
  const failureText = useFailureText()
  const [fetched, setFetched] = useState<Fetched>({ state: 'none' })
  const { models } = form
  const patterns = models.filter((model) => model.includes('*'))

  async function handleFetch(): Promise<void> {
    setFetched({ state: 'asking' })
    const draft = toUpstreamDraft(form, savedName, usableKeys(form)[0] ?? null)
    const result = await client.fetchModels(draft).catch((error: unknown): ModelFetch => {
      return { ok: false, status: null, message: failureText(error) }
    })
    setFetched({ state: 'done', result })
  }

  return (
    <section className={`panel ${classes.section}`}>
      <div className={classes.sectionHead}>
        <Title order={2}>{t('models.title')}</Title>
        <Button
          variant="default"
          leftSection={<IconListSearch size={16} aria-hidden />}
          loading={fetched.state === 'asking'}
          disabled={form.base_url.trim() === ''}
          onClick={() => void handleFetch()}
        >
          {t('models.fetch')}
        </Button>
      </div>
      <Checkbox
        label={t('models.every')}
        description={t('models.everyHint')}
        checked={models.includes('*')}
        onChange={(event) =>
          onChange({ models: event.currentTarget.checked ? [...models, '*'] : models.filter((name) => name !== '*') })
        }
      />
      <TagsInput
        label={t('models.names')}
        description={t('models.namesHint')}
        placeholder={models.length === 0 ? t('models.example') : ''}
        splitChars={[',', ' ', '\n']}
        acceptValueOnBlur
        value={models.filter((name) => name !== '*')}
        error={fieldError([...path, 'models'])}
        onChange={(names) => onChange({ models: [...names, ...(models.includes('*') ? ['*'] : [])] })}
      />
      {fetched.state === 'done' && !fetched.result.ok && (
        <div role="alert">
          <StateBadge tone="bad" plain>
            {fetched.result.status === null
              ? t('models.fetchFailed')
              : t('models.fetchRefused', { status: fetched.result.status })}
          </StateBadge>
          <p className={`breaks ${classes.words}`}>{fetched.result.message}</p>
        </div>
      )}
      {fetched.state === 'done' && fetched.result.ok && (
        <ModelPicker
          label={t('models.offered')}
          options={fetched.result.models.map((name) => ({ name, covered: isCovered(name, patterns) }))}
          chosen={models}
          onChange={(next) => onChange({ models: next })}
        />
      )}
    </section>
  )
}
