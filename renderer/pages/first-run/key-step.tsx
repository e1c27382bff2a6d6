import { useState } from 'react'
import { Autocomplete, Button, Text, Textarea, TextInput, Title } from '@mantine/core'
import { IconArrowRight, IconStethoscope } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { ProviderPreset } from '../../../proxy/contract.ts'
import { ExternalLink } from '../../components/external-link.tsx'
import { useClient } from '../../console-context.ts'
import { toUpstreamDraft, usableKeys } from '../upstreams/upstream-draft.ts'
import { maskPasted } from '../upstreams/pasted-keys.ts'
import { isSameAddress } from '../upstreams/same-address.ts'
import { TestResult } from '../upstreams/test-result.tsx'
import type { UpstreamForm } from '../upstreams/upstream-form.ts'
import { usePresets } from '../upstreams/use-presets.ts'
import { useUpstreamTest } from '../upstreams/use-upstream-test.ts'
import classes from './first-run.module.css'

export interface KeyStepProps {
  readonly form: UpstreamForm
  readonly onChange: (change: Partial<UpstreamForm>) => void
  readonly onBack: () => void
  /** Told the model that was tested, or would be; '' when none is known. */
  readonly onNext: (model: string) => void
}

/** Paste a key and see whether the provider takes it. */
export function KeyStep({ form, onChange, onBack, onNext }: KeyStepProps) {
  const { t, i18n } = useTranslation('firstRun')
  const client = useClient()
  const presets = usePresets()
  const test = useUpstreamTest()
  const [typed, setTyped] = useState<string | null>(null)
  const [found, setFound] = useState<readonly string[]>([])
  const isChosen = ({ baseUrl }: ProviderPreset) => isSameAddress(baseUrl, form.base_url)
  // The address can be changed here (Azure's has the resource in it); the provider stays the one that was chosen.
  const [preset, setPreset] = useState<ProviderPreset | undefined>()
  const chosen = preset ?? presets.find(isChosen)
  // The presets may come after the first render.
  if (preset !== chosen) setPreset(chosen)
  const isLocal = chosen?.local === true
  const keys = usableKeys(form)
  const model = typed ?? chosen?.exampleModels[0] ?? ''
  const hasAll = form.base_url.trim() !== '' && (isLocal || keys.length > 0)

  async function handleTest(): Promise<void> {
    const draft = toUpstreamDraft(form, null, keys[0] ?? null)
    // Without a name to ask for, any model of the provider will do that can chat.
    const fetched = model === '' ? await client.fetchModels(draft).catch(() => null) : null
    const names = fetched?.ok === true ? fetched.models : []
    if (names.length > 0) setFound(names)
    const asked = model === '' ? (names.find((name) => !notForChat.test(name)) ?? '') : model
    if (asked !== '') setTyped(asked)
    const targets =
      keys.length === 0
        ? [{ id: 'none', label: null, draft }]
        : keys.map((key) => ({ id: key.id, label: maskPasted(key.value), draft: toUpstreamDraft(form, null, key) }))
    test.start(targets, asked)
  }

  return (
    <section className={`panel ${classes.panel}`}>
      <Title order={2}>
        {isLocal ? t('key.titleLocal', { name: form.name }) : t('key.title', { name: form.name })}
      </Title>
      {chosen?.note != null && (
        <Text size="sm" c="dimmed">
          {i18n.language === 'zh' ? chosen.note.zh : chosen.note.en}
        </Text>
      )}
      <TextInput
        label={t('key.url')}
        classNames={{ input: 'mono' }}
        spellCheck={false}
        autoComplete="off"
        value={form.base_url}
        onChange={(event) => onChange({ base_url: event.currentTarget.value })}
      />
      <Textarea
        label={isLocal ? t('key.keyOptional') : t('key.key')}
        description={
          chosen?.keyUrl == null ? (
            t('key.hint')
          ) : (
            <>
              {t('key.hint')} <ExternalLink href={chosen.keyUrl}>{t('key.get', { name: chosen.name })}</ExternalLink>
            </>
          )
        }
        placeholder={chosen?.keyHint}
        classNames={{ input: 'mono' }}
        autosize
        minRows={2}
        maxRows={8}
        spellCheck={false}
        autoComplete="off"
        data-autofocus
        value={form.pasted}
        onChange={(event) => onChange({ pasted: event.currentTarget.value })}
      />
      <div className={classes.test}>
        <Autocomplete
          label={t('key.model')}
          placeholder={t('key.modelHint')}
          classNames={{ input: 'mono' }}
          spellCheck={false}
          data={[...new Set([...(chosen?.exampleModels ?? []), ...found])]}
          value={model}
          onChange={setTyped}
        />
        <Button
          variant="default"
          leftSection={<IconStethoscope size={16} aria-hidden />}
          loading={test.running}
          disabled={!hasAll}
          onClick={() => void handleTest()}
        >
          {t('key.test')}
        </Button>
      </div>
      {test.runs.length > 0 && (
        <ul className={classes.results} aria-label={t('key.results')} aria-live="polite">
          {test.runs.map((run) => (
            <TestResult key={run.id} run={run} />
          ))}
        </ul>
      )}
      <div className={classes.foot}>
        <Button variant="default" onClick={onBack}>
          {t('back')}
        </Button>
        <Button
          disabled={!hasAll}
          rightSection={<IconArrowRight size={16} aria-hidden />}
          onClick={() => onNext(model.trim())}
        >
          {t('next')}
        </Button>
      </div>
    </section>
  )
}

const notForChat = /embed|rerank|moderat|whisper|tts|image|dall-e|audio|realtime|transcribe|guard/i
