import { useState } from 'react'
import { Button, Group, Input, Switch, Text } from '@mantine/core'
import { IconFileExport, IconFolderOpen } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { DesktopApi, DesktopState, Notice } from '../../../proxy/contract.ts'
import { QueryView } from '../../components/query-view.tsx'
import { useFailureText } from '../../failure-text.ts'
import { useQuery } from '../../use-query.ts'
import { SettingsSection } from './settings-section.tsx'
import classes from './settings-page.module.css'

const noticeKinds = [
  'key-paused',
  'key-refused',
  'key-exhausted',
  'key-recovered',
  'model-unavailable',
  'config-rejected',
] as const satisfies readonly Notice['kind'][]

/** What only the app on the desktop has. Each switch works at once: nothing of it is in the config. */
export function DesktopSection({ desktop }: { readonly desktop: DesktopApi }) {
  const { t } = useTranslation('settings')
  const state = useQuery('desktop settings', () => desktop.getDesktop())
  return (
    <SettingsSection title={t('desktop.title')} hint={t('desktop.hint')}>
      <QueryView query={state} rows={3}>
        {(found) => <DesktopSwitches desktop={desktop} found={found} />}
      </QueryView>
    </SettingsSection>
  )
}

interface DesktopSwitchesProps {
  readonly desktop: DesktopApi
  readonly found: DesktopState
}

function DesktopSwitches({ desktop, found }: DesktopSwitchesProps) {
  const { t } = useTranslation('settings')
  const failureText = useFailureText()
  // What the last switch answered; before the first one, what was asked for.
  const [answered, setAnswered] = useState<DesktopState | null>(null)
  const [said, setSaid] = useState<{ readonly ok: boolean; readonly text: string } | null>(null)
  const state = answered ?? found

  const change = (ask: Promise<DesktopState>) => {
    setSaid(null)
    ask.then(setAnswered, (error: unknown) => setSaid({ ok: false, text: failureText(error) }))
  }

  async function handleExport(): Promise<void> {
    setSaid(null)
    try {
      const written = await desktop.exportDiagnostics()
      if (written !== null) setSaid({ ok: true, text: t('desktop.exported', { path: written.path }) })
    } catch (error) {
      setSaid({ ok: false, text: failureText(error) })
    }
  }

  return (
    <>
      <Switch
        size="xs"
        label={t('desktop.login')}
        checked={state.launchAtLogin}
        onChange={(event) => change(desktop.setLaunchAtLogin(event.currentTarget.checked))}
      />
      <Switch
        size="xs"
        label={t('desktop.tray')}
        description={t(state.hasTray ? 'desktop.trayHint' : 'desktop.noTray')}
        checked={state.closeToTray}
        onChange={(event) => change(desktop.setCloseToTray(event.currentTarget.checked))}
      />
      <Switch
        size="xs"
        label={t('desktop.proxy')}
        description={t('desktop.proxyHint')}
        checked={state.useSystemProxy}
        onChange={(event) => change(desktop.setUseSystemProxy(event.currentTarget.checked))}
      />
      <fieldset className={classes.fieldset}>
        <Input.Label component="legend">{t('desktop.notices')}</Input.Label>
        {noticeKinds.map((kind) => (
          <Switch
            size="xs"
            key={kind}
            label={t(`desktop.notice.${kind}`)}
            checked={state.notices[kind]}
            onChange={(event) => change(desktop.setNotice(kind, event.currentTarget.checked))}
          />
        ))}
      </fieldset>
      <Group gap="xs">
        <Button
          variant="default"
          leftSection={<IconFolderOpen size={16} aria-hidden />}
          onClick={() => {
            desktop.revealConfig().catch((error: unknown) => setSaid({ ok: false, text: failureText(error) }))
          }}
        >
          {t('desktop.reveal')}
        </Button>
        <Button
          variant="default"
          leftSection={<IconFileExport size={16} aria-hidden />}
          onClick={() => void handleExport()}
        >
          {t('desktop.export')}
        </Button>
      </Group>
      <output className={classes.result}>
        {said !== null && (
          <Text size="sm" c={said.ok ? 'var(--tone-good)' : 'var(--tone-bad)'} className="breaks">
            {said.text}
          </Text>
        )}
      </output>
    </>
  )
}
