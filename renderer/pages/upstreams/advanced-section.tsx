import { useState } from 'react'
import { Checkbox, Collapse, Group, NumberInput, Select, TextInput, Title, UnstyledButton } from '@mantine/core'
import { IconChevronDown } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { Protocol } from '../../../proxy/contract.ts'
import { HeadersField } from './headers-field.tsx'
import type { SectionProps } from './upstream-editor.tsx'
import { protocols, timeoutNames, type UpstreamForm } from './upstream-form.ts'
import classes from './upstreams.module.css'

// As in the schema: shown where nothing is set. The server's own `timeouts` may say otherwise.
const timeoutDefaults = {
  connect_seconds: 10,
  first_byte_seconds: 600,
  stream_first_byte_seconds: 120,
  idle_seconds: 120,
} as const

// Names of products, the same in every language.
const protocolNames: Readonly<Record<Protocol, string>> = {
  chat: 'Chat Completions',
  responses: 'Responses',
  messages: 'Anthropic Messages',
  gemini: 'Gemini',
}

const fields = ['proxy', 'path_prefix', 'headers', 'timeouts', 'api', 'max_parallel', 'stream_usage'] as const

/** What most upstreams never need: network, headers, waiting times, protocol. Open when anything of it is set or wrong. */
export function AdvancedSection({ form, path, fieldError, onChange }: SectionProps) {
  const { t } = useTranslation('upstreams')
  const [chosen, setChosen] = useState<boolean | null>(null)
  const wrong = fields.some((field) => fieldError([...path, field]) !== null)
  const opened = wrong || (chosen ?? isAnythingSet(form))
  const numberOrNull = (value: string | number) => (typeof value === 'number' ? value : null)

  return (
    <section className={`panel ${classes.section} ${classes.folding}`}>
      <UnstyledButton
        className={classes.sectionHead}
        aria-expanded={opened}
        aria-controls="upstream-advanced"
        onClick={() => setChosen(!opened)}
      >
        <Title order={2}>{t('advanced.title')}</Title>
        <IconChevronDown className={classes.chevron} data-opened={opened || undefined} size={18} aria-hidden />
      </UnstyledButton>
      <Collapse expanded={opened} id="upstream-advanced" transitionDuration={0}>
        <div className={`${classes.column} ${classes.folded}`}>
          <div className={classes.two}>
            <TextInput
              label={t('advanced.proxy')}
              description={t('advanced.proxyHint')}
              placeholder={t('advanced.proxyEmpty')}
              classNames={{ input: 'mono' }}
              spellCheck={false}
              autoComplete="off"
              value={form.proxy}
              error={fieldError([...path, 'proxy'])}
              onChange={(event) => onChange({ proxy: event.currentTarget.value })}
            />
            <TextInput
              label={t('advanced.prefix')}
              description={t('advanced.prefixHint')}
              placeholder="/v1"
              classNames={{ input: 'mono' }}
              spellCheck={false}
              autoComplete="off"
              value={form.path_prefix}
              error={fieldError([...path, 'path_prefix'])}
              onChange={(event) => onChange({ path_prefix: event.currentTarget.value })}
            />
          </div>
          <HeadersField
            headers={form.headers}
            error={(name) => fieldError([...path, 'headers', name])}
            onChange={(headers) => onChange({ headers })}
          />
          <fieldset className={classes.fieldset}>
            <legend>{t('advanced.timeouts')}</legend>
            <div className={classes.four}>
              {timeoutNames.map((name) => (
                <NumberInput
                  key={name}
                  label={t(`advanced.timeout.${name}`)}
                  placeholder={String(timeoutDefaults[name])}
                  min={0}
                  suffix=" s"
                  value={form.timeouts[name] ?? ''}
                  error={fieldError([...path, 'timeouts', name])}
                  onChange={(value) => onChange({ timeouts: { ...form.timeouts, [name]: numberOrNull(value) } })}
                />
              ))}
            </div>
          </fieldset>
          <div className={classes.two}>
            <NumberInput
              label={t('advanced.parallel')}
              description={t('advanced.parallelHint')}
              placeholder={t('advanced.unlimited')}
              min={1}
              allowDecimal={false}
              value={form.max_parallel ?? ''}
              error={fieldError([...path, 'max_parallel'])}
              onChange={(value) => onChange({ max_parallel: numberOrNull(value) })}
            />
            <Select
              label={t('advanced.usage')}
              description={t('advanced.usageHint')}
              allowDeselect={false}
              data={(['auto', 'yes', 'no'] as const).map((value) => ({ value, label: t(`advanced.usageOf.${value}`) }))}
              value={form.stream_usage === null ? 'auto' : form.stream_usage ? 'yes' : 'no'}
              onChange={(value) => onChange({ stream_usage: value === 'auto' ? null : value === 'yes' })}
            />
          </div>
          <Checkbox.Group
            size="xs"
            label={t('advanced.api')}
            description={t('advanced.apiHint')}
            value={[...form.api]}
            error={fieldError([...path, 'api'])}
            onChange={(names) => onChange({ api: protocols.filter((protocol) => names.includes(protocol)) })}
          >
            <Group gap="lg" mt="xs">
              {protocols.map((protocol) => (
                <Checkbox key={protocol} value={protocol} label={protocolNames[protocol]} />
              ))}
            </Group>
          </Checkbox.Group>
        </div>
      </Collapse>
    </section>
  )
}

function isAnythingSet(form: UpstreamForm): boolean {
  return (
    form.proxy !== '' ||
    form.path_prefix !== '' ||
    form.headers.length > 0 ||
    form.api.length > 0 ||
    form.max_parallel !== null ||
    form.stream_usage !== null ||
    timeoutNames.some((name) => form.timeouts[name] !== null)
  )
}
