import { Select, Switch, Text, TextInput, Title } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useTranslation } from 'react-i18next'
import type { ProviderPreset } from '../../../proxy/contract.ts'
import { ExternalLink } from '../../components/external-link.tsx'
import { useClient } from '../../console-context.ts'
import { useQuery } from '../../use-query.ts'
import { isSameAddress } from './same-address.ts'
import type { SectionProps } from './upstream-editor.tsx'
import { UrlPreviewList } from './url-preview.tsx'
import { usePresets } from './use-presets.ts'
import classes from './upstreams.module.css'

export interface AddressSectionProps extends SectionProps {
  readonly isNew: boolean
  /** How many aliases and permissions name this upstream and would follow a new name. */
  readonly references: number
}

/** Who the provider is and where: preset, name, address, and what the address comes to. */
export function AddressSection({ form, path, fieldError, onChange, isNew, references }: AddressSectionProps) {
  const { t, i18n } = useTranslation('upstreams')
  const client = useClient()
  const presets = usePresets()
  const preset = presets.find(({ baseUrl }) => isSameAddress(baseUrl, form.base_url))
  const isDemo = form.base_url.startsWith('builtin:')
  const [asked] = useDebouncedValue(`${form.base_url.trim()}\n${form.path_prefix.trim()}`, 200)
  const [address = '', prefix = ''] = asked.split('\n')
  const preview = useQuery(
    'urls',
    async () => (address === '' || isDemo ? null : client.previewUrls(address, prefix === '' ? null : prefix)),
    { refresh: asked },
  )

  // What the preview would say is wrong then stands at the field already.
  const urlError = fieldError([...path, 'base_url'])
  const isPreviewed = !isDemo && form.base_url.trim() !== '' && urlError === null

  function handlePreset(next: ProviderPreset | undefined): void {
    if (next === undefined) return
    // A name that somebody typed stays; one that came from another preset goes with it.
    const isOwnName = form.name !== '' && form.name !== preset?.name
    onChange({ base_url: next.baseUrl, ...(isOwnName ? {} : { name: next.name }) })
  }

  return (
    <section className={`panel ${classes.section}`}>
      <div className={classes.sectionHead}>
        <Title order={2}>{t('address.title')}</Title>
        <Switch
          label={t('address.enabled')}
          checked={form.enabled}
          onChange={(event) => onChange({ enabled: event.currentTarget.checked })}
        />
      </div>
      <div className={isNew ? classes.two : undefined}>
        {isNew && (
          <Select
            label={t('address.preset')}
            placeholder={t('address.presetHint')}
            searchable
            data={presetGroups(presets, t('address.hosted'), t('address.local'))}
            value={preset?.id ?? null}
            onChange={(id) => handlePreset(presets.find((candidate) => candidate.id === id))}
          />
        )}
        <TextInput
          label={t('address.name')}
          value={form.name}
          error={fieldError([...path, 'name'])}
          onChange={(event) => onChange({ name: event.currentTarget.value })}
        />
      </div>
      {references > 0 && (
        <Text size="xs" c="dimmed" className={classes.hint}>
          {t('address.follow', { count: references })}
        </Text>
      )}
      <TextInput
        label={t('address.url')}
        description={t('address.urlHint')}
        classNames={{ input: 'mono' }}
        placeholder="https://api.openai.com"
        spellCheck={false}
        autoComplete="off"
        value={form.base_url}
        error={urlError}
        onChange={(event) => onChange({ base_url: event.currentTarget.value })}
      />
      {isDemo && (
        <Text size="xs" c="dimmed">
          {t('address.demo')}
        </Text>
      )}
      {isPreviewed && preview.data != null && <UrlPreviewList preview={preview.data} />}
      {preset !== undefined && (preset.note !== null || preset.keyUrl !== null) && (
        <Text size="xs" c="dimmed">
          {preset.note !== null && `${i18n.language === 'zh' ? preset.note.zh : preset.note.en} `}
          {preset.keyUrl !== null && (
            <ExternalLink href={preset.keyUrl}>{t('address.getKey', { provider: preset.name })}</ExternalLink>
          )}
        </Text>
      )}
    </section>
  )
}

function presetGroups(presets: readonly ProviderPreset[], hosted: string, local: string) {
  const items = (isLocal: boolean) =>
    presets.filter((preset) => preset.local === isLocal).map(({ id, name }) => ({ value: id, label: name }))
  return [
    { group: hosted, items: items(false) },
    { group: local, items: items(true) },
  ]
}
