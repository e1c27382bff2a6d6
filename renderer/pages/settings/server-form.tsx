import { useRef } from 'react'
import { NumberInput, Switch, TagsInput, TextInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { settingDocs } from '../../../proxy/config/schema.ts'
import type { ConfigView } from '../../../proxy/contract.ts'
import { SaveBar } from '../../components/save-bar.tsx'
import { useConsole } from '../../console-context.ts'
import { useConfigSave } from '../../use-config-save.ts'
import { useFieldError } from '../../use-diagnostic-text.ts'
import { useDirtyGuard } from '../../use-dirty-guard.ts'
import { useDraft } from '../../use-draft.ts'
import { useInvalidFocus } from '../../use-invalid-focus.ts'
import { ChoiceField } from './choice-field.tsx'
import { ListenFields } from './listen-fields.tsx'
import { checkServer, readServer, serverEdits, type NumberSetting, type ServerValues } from './server-values.ts'
import { SettingsSection } from './settings-section.tsx'
import { WebhookField } from './webhook-field.tsx'
import classes from './settings-page.module.css'

/** Every setting of `server`, but for the aliases, which have a page of their own. */
export function ServerForm({ view }: { readonly view: ConfigView }) {
  const { t, i18n } = useTranslation(['settings', 'common'])
  const draft = useDraft(readServer(view.server), view.revision)
  const save = useConfigSave()
  const form = useRef<HTMLDivElement>(null)
  const fieldError = useFieldError(save.diagnostics)
  // The desktop's console is in its own window and served to no browser.
  const isServed = useConsole((state) => state.status?.shell !== 'desktop')
  useDirtyGuard(draft.dirty)
  useInvalidFocus(form, save.diagnostics)
  const { value } = draft

  function set(change: Partial<ServerValues>): void {
    save.clear()
    draft.set((before) => ({ ...before, ...change }))
  }

  async function handleSave(): Promise<void> {
    const problems = checkServer(draft.base, value, view.server)
    if (problems.length > 0) return save.refuse(problems)
    const revision = await save.save(serverEdits(draft.base, value, view.server), draft.baseRevision)
    if (revision !== null) draft.saved(revision)
    return undefined
  }

  const language = i18n.language === 'zh' ? 'zh' : 'en'
  const error = (name: string) => fieldError(['server', ...name.split('.')])
  const doc = (name: string) => docOf(name)?.doc[language]
  const number = (name: Exclude<NumberSetting, 'port'>, label: string, isWhole = false) => (
    <NumberInput
      label={label}
      description={doc(name)}
      placeholder={usual(name)}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      allowDecimal={!isWhole}
      allowNegative={false}
      value={value[name] ?? ''}
      error={error(name)}
      onChange={(next) => set({ [name]: typeof next === 'number' ? next : null })}
    />
  )
  const list = (name: 'cors_origins' | 'trusted_proxies' | 'console.allowed_hosts', label: string, example: string) => (
    <TagsInput
      label={label}
      description={doc(name)}
      placeholder={value[name].length === 0 ? example : ''}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      splitChars={[',', ' ', '\n']}
      acceptValueOnBlur
      value={[...value[name]]}
      error={error(name)}
      onChange={(next) => set({ [name]: next })}
    />
  )

  return (
    <div className={classes.form} ref={form}>
      <SettingsSection title={t('network.title')} hint={t('network.hint')}>
        <ListenFields values={value} error={error('port')} onChange={set} />
        {list('cors_origins', t('network.cors'), 'https://chat.example.com')}
        {list('trusted_proxies', t('network.trusted'), '10.0.0.0/8')}
        <TextInput
          label={t('network.caFile')}
          description={doc('ca_file')}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          classNames={{ input: 'mono' }}
          placeholder="/etc/ssl/company.pem"
          value={value.ca_file}
          error={error('ca_file')}
          onChange={(event) => set({ ca_file: event.currentTarget.value })}
        />
      </SettingsSection>

      <SettingsSection title={t('form.server')} hint={t('form.hint')}>
        <div className={classes.two}>
          {number('max_retries', t('form.maxRetries'), true)}
          {number('cool_down_minutes', t('form.coolDown'))}
        </div>
        <div className={classes.two}>
          {number('timeouts.connect_seconds', t('form.connect'))}
          {number('timeouts.idle_seconds', t('form.idle'))}
          {number('timeouts.first_byte_seconds', t('form.firstByte'))}
          {number('timeouts.stream_first_byte_seconds', t('form.streamFirstByte'))}
        </div>
        <div className={classes.two}>{number('max_body_mb', t('form.maxBody'))}</div>
      </SettingsSection>

      <SettingsSection title={t('notices.title')} hint={t('notices.hint')}>
        <WebhookField
          value={value.notification_webhook}
          description={doc('notification_webhook')}
          error={error('notification_webhook')}
          onChange={(url) => set({ notification_webhook: url })}
        />
      </SettingsSection>

      {isServed && (
        <SettingsSection title={t('console.title')} hint={t('console.hint')}>
          <ChoiceField
            label={t('console.enabled')}
            description={doc('console.enabled')}
            value={value['console.enabled'] === null ? 'auto' : value['console.enabled'] ? 'on' : 'off'}
            choices={{ auto: t('console.auto'), on: t('console.on'), off: t('console.off') }}
            onChange={(choice) => set({ 'console.enabled': choice === 'auto' ? null : choice === 'on' })}
          />
          {value['console.enabled'] === false && (
            <p className={`small ${classes.warning}`}>{t('console.offWarning')}</p>
          )}
          {list('console.allowed_hosts', t('console.hosts'), 'proxy.home.example')}
        </SettingsSection>
      )}

      <SettingsSection title={t('log.title')} hint={t('log.hint')}>
        <div className={classes.two}>
          <ChoiceField
            label={t('log.language')}
            value={value.language}
            choices={{
              auto: t('common:language.system'),
              zh: t('common:language.zh'),
              en: t('common:language.en'),
            }}
            onChange={(choice) => set({ language: choice })}
          />
          <ChoiceField
            label={t('log.format')}
            value={value['log.format']}
            choices={{ text: t('log.text'), json: 'JSON' }}
            onChange={(choice) => set({ 'log.format': choice })}
          />
        </div>
        <Switch
          size="xs"
          label={t('log.bodies')}
          description={doc('log.bodies')}
          checked={value['log.bodies']}
          onChange={(event) => set({ 'log.bodies': event.currentTarget.checked })}
        />
      </SettingsSection>

      <SaveBar
        dirty={draft.dirty}
        outdated={draft.outdated}
        save={save}
        onSave={() => void handleSave()}
        onDiscard={draft.reset}
      />
    </div>
  )
}

/** The default of a number, for an empty field. */
function usual(name: string): string {
  const value = docOf(name)?.default
  return typeof value === 'number' ? String(value) : ''
}

function docOf(name: string) {
  return settingDocs.find(({ path }) => path === `server.${name}`)
}
