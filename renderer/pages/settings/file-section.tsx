import { useState } from 'react'
import { Button, Group, Table, Text, VisuallyHidden } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { ConfigBackup, ConfigView } from '../../../proxy/contract.ts'
import { CopyButton } from '../../components/copy-button.tsx'
import { QueryView } from '../../components/query-view.tsx'
import { useClient } from '../../console-context.ts'
import { formatBytes, formatDateTime, formatRelative } from '../../format.ts'
import { useLocale } from '../../i18n.ts'
import { useNow } from '../../use-now.ts'
import { useQuery } from '../../use-query.ts'
import { BackupDialog } from './backup-dialog.tsx'
import { SettingsSection } from './settings-section.tsx'
import classes from './settings-page.module.css'

/** Where the config is, the way to its text, and the versions before. */
export function FileSection({ view }: { readonly view: ConfigView }) {
  const { t } = useTranslation(['settings', 'common'])
  const client = useClient()
  const backups = useQuery('backups', () => client.listBackups(), { refresh: view.revision ?? '' })
  const [chosen, setChosen] = useState<ConfigBackup | null>(null)
  return (
    <SettingsSection title={t('file.section')} hint={t('file.hint')}>
      <div>
        <Group gap="xs" wrap="nowrap">
          <span className="mono one-line" title={view.path}>
            {view.path}
          </span>
          <CopyButton text={view.path} what={t('file.path')} />
        </Group>
        {!view.writable && (
          <Text size="sm" c="var(--tone-warning)">
            {t('readOnly')}
          </Text>
        )}
      </div>
      <div className={classes.backups}>
        <h3>{t('backups.title')}</h3>
        <QueryView query={backups} rows={2}>
          {(list) =>
            list.length === 0 ? (
              <p className="small dim">{t('backups.none')}</p>
            ) : (
              <BackupTable backups={list} onChoose={setChosen} />
            )
          }
        </QueryView>
      </div>
      {chosen !== null && <BackupDialog backup={chosen} writable={view.writable} onClose={() => setChosen(null)} />}
    </SettingsSection>
  )
}

interface BackupTableProps {
  readonly backups: readonly ConfigBackup[]
  readonly onChoose: (backup: ConfigBackup) => void
}

const shownBackups = 5

function BackupTable({ backups, onChoose }: BackupTableProps) {
  const { t } = useTranslation('settings')
  const locale = useLocale()
  const now = useNow()
  const [all, setAll] = useState(false)
  return (
    <>
      <Table className={classes.backupTable}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('backups.time')}</Table.Th>
            <Table.Th>{t('backups.size')}</Table.Th>
            <Table.Th>
              <VisuallyHidden>{t('backups.actions')}</VisuallyHidden>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {backups.slice(0, all ? backups.length : shownBackups).map((backup) => (
            <Table.Tr key={backup.id}>
              <Table.Td>
                {formatDateTime(backup.savedAt, locale)}{' '}
                <span className="dim small">{formatRelative(backup.savedAt, now, locale)}</span>
              </Table.Td>
              <Table.Td className="dim">{formatBytes(backup.bytes)}</Table.Td>
              <Table.Td>
                <Button
                  variant="default"
                  aria-label={t('backups.compareOf', { time: formatDateTime(backup.savedAt, locale) })}
                  onClick={() => onChoose(backup)}
                >
                  {t('backups.compare')}
                </Button>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {!all && backups.length > shownBackups && (
        <Button variant="default" mt="xs" onClick={() => setAll(true)}>
          {t('backups.all', { count: backups.length })}
        </Button>
      )}
    </>
  )
}
