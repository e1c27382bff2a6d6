import { useState } from 'react'
import { Autocomplete, Button, Text, Title } from '@mantine/core'
import { IconStethoscope } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { maskPasted } from './pasted-keys.ts'
import { isSameAddress } from './same-address.ts'
import { TestResult } from './test-result.tsx'
import { toUpstreamDraft, usableKeys } from './upstream-draft.ts'
import type { UpstreamForm } from './upstream-form.ts'
import classes from './upstreams.module.css'
import { usePresets } from './use-presets.ts'
import { useUpstreamTest, type TestTarget } from './use-upstream-test.ts'

export interface TestPanelProps {
  readonly form: UpstreamForm
  readonly savedName: string | null
}

/** "Test": one real answer of one token with every key, of the form as it stands, saved or not. */
export function TestPanel({ form, savedName }: TestPanelProps) {
  const { t } = useTranslation('upstreams')
  const presets = usePresets()
  const test = useUpstreamTest()
  const [typed, setTyped] = useState<string | null>(null)
  const preset = presets.find(({ baseUrl }) => isSameAddress(baseUrl, form.base_url))
  const names = [...new Set([...form.models, ...(preset?.exampleModels ?? [])])].filter((name) => !name.includes('*'))
  const model = typed ?? names[0] ?? ''
  const keys = usableKeys(form)
  const isReady = form.base_url.trim() !== '' && model.trim() !== ''

  function handleTest(): void {
    const targets: readonly TestTarget[] =
      keys.length === 0
        ? [{ id: 'none', label: null, draft: toUpstreamDraft(form, savedName, null) }]
        : keys.map((key) => ({
            id: key.id,
            label: key.name.trim() === '' ? (key.saved?.masked ?? maskPasted(key.value)) : key.name.trim(),
            draft: toUpstreamDraft(form, savedName, key),
          }))
    test.start(targets, model.trim())
  }

  return (
    <section className={`panel ${classes.section}`}>
      <div className={classes.sectionHead}>
        <Title order={2}>{t('test.title')}</Title>
      </div>
      <Text size="xs" c="dimmed" className={classes.hint}>
        {t('test.intro')}
      </Text>
      <Autocomplete
        label={t('test.model')}
        classNames={{ input: 'mono' }}
        placeholder={t('test.modelHint')}
        spellCheck={false}
        data={names}
        maxDropdownHeight={240}
        value={model}
        onChange={setTyped}
      />
      <Button
        leftSection={<IconStethoscope size={16} aria-hidden />}
        loading={test.running}
        disabled={!isReady}
        variant="light"
        onClick={handleTest}
      >
        {keys.length > 1 ? t('test.startAll', { count: keys.length }) : t('test.start')}
      </Button>
      {test.runs.length > 0 && (
        <ul className={classes.results} aria-label={t('test.results')} aria-live="polite">
          {test.runs.map((run) => (
            <TestResult key={run.id} run={run} />
          ))}
        </ul>
      )}
    </section>
  )
}
