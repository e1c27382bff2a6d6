import { lazy, Suspense } from 'react'
import { Group, Modal, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useTranslation } from 'react-i18next'
import type { ConfigBackup } from '../../../proxy/contract.ts'
import { ConfirmButton } from '../../components/confirm-button.tsx'
import { QueryView } from '../../components/query-view.tsx'
import { LoadingState } from '../../components/view-states.tsx'
import { useClient, useConsole } from '../../console-context.ts'
import { failureText } from '../../failure-text.ts'
import { formatDateTime } from '../../format.ts'
import { useLocale } from '../../i18n.ts'
import { useConfigSave } from '../../use-config-save.ts'
import { useDiagnosticText } from '../../use-diagnostic-text.ts'
import { useQuery } from '../../use-query.ts'
import classes from './settings-page.module.css'

const TextDiff = lazy(() => import('../../components/text-diff.tsx').then((module) => ({ default: module.TextDiff })))

export interface BackupDialogProps {
  readonly backup: ConfigBackup
  readonly writable: boolean
  readonly onClose: () => void
}

/** The config as it stands beside a version before, and the way back to it. */
export function BackupDialog({ backup, writable, onClose }: BackupDialogProps) {
  const { t } = useTranslation(['settings', 'common'])
  const { t: common } = useTranslation('common')
  const client = useClient()
  const locale = useLocale()
  const save = useConfigSave()
  const diagnosticText = useDiagnosticText()
  const refresh = useConsole((state) => state.diskRevision ?? '')
  const texts = useQuery(
    backup.id,
    async () => {
      const [current, before] = await Promise.all([client.readConfigText(), client.readBackup(backup.id)])
      return { current, before }
    },
    { refresh },
  )
  const time = formatDateTime(backup.savedAt, locale)
  const { outcome } = save

  async function handleRestore(text: string, revision: string): Promise<void> {
    if ((await save.saveText(text, revision)) === null) return
    notifications.show({
      message: t('backups.restored', { time }),
      closeButtonProps: { 'aria-label': t('common:action.close') },
    })
    onClose()
  }

  return (
    <Modal
      opened
      onClose={onClose}
      size="min(68rem, 92vw)"
      title={t('backups.dialog', { time })}
      closeButtonProps={{ 'aria-label': t('common:action.close') }}
    >
      <QueryView query={texts} rows={6}>
        {({ current, before }) => (
          <>
            {current.text === before ? (
              <Text size="sm">{t('backups.same')}</Text>
            ) : (
              <Suspense fallback={<LoadingState rows={6} />}>
                <TextDiff
                  before={current.text}
                  after={before}
                  beforeLabel={t('backups.current')}
                  afterLabel={t('backups.backup')}
                />
              </Suspense>
            )}
            <div role="alert" className={classes.result}>
              {outcome.kind === 'invalid' && (
                <>
                  <Text size="sm" c="var(--tone-bad)">
                    {t('common:save.invalid', { count: outcome.diagnostics.length })}
                  </Text>
                  <ul className={classes.reasons}>
                    {outcome.diagnostics.map((diagnostic) => (
                      <li key={JSON.stringify([diagnostic.code, diagnostic.path, diagnostic.line])}>
                        {diagnosticText(diagnostic, { withPlace: true })}
                      </li>
                    ))}
                  </ul>
                </>
              )}
              {outcome.kind === 'conflict' && (
                <Text size="sm" c="var(--tone-bad)">
                  {t('backups.changed')}
                </Text>
              )}
              {outcome.kind === 'failed' && (
                <Text size="sm" c="var(--tone-bad)">
                  {t('common:save.failed', { reason: failureText(common, outcome) })}
                </Text>
              )}
            </div>
            <Group justify="flex-end" gap="xs" mt="md">
              <ConfirmButton
                variant="filled"
                loading={outcome.kind === 'saving'}
                disabled={!writable || current.text === before}
                question={t('backups.question')}
                confirm={t('backups.confirm')}
                onConfirm={() => void handleRestore(before, current.revision)}
              >
                {t('backups.restore')}
              </ConfirmButton>
            </Group>
          </>
        )}
      </QueryView>
    </Modal>
  )
}
