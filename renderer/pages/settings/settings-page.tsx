import { Button } from '@mantine/core'
import { IconFileCode } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { PageHeader } from '../../components/page-header.tsx'
import { QueryView } from '../../components/query-view.tsx'
import { useClient } from '../../console-context.ts'
import { hrefTo, useRoute } from '../../route.ts'
import { useConfigView } from '../../use-config-view.ts'
import { BrowserSection } from './browser-section.tsx'
import { ConfigProblem } from './config-problem.tsx'
import { DesktopSection } from './desktop-section.tsx'
import { FilePage } from './file-page.tsx'
import { FileSection } from './file-section.tsx'
import { ServerForm } from './server-form.tsx'
import classes from './settings-page.module.css'

/** The settings as forms, or the file itself: `#/settings/file`. */
export function SettingsPage() {
  const { rest } = useRoute()
  return rest[0] === 'file' ? <FilePage /> : <SettingsView />
}

function SettingsView() {
  const { t } = useTranslation(['settings', 'common'])
  const { desktop } = useClient()
  const config = useConfigView()
  return (
    <>
      <PageHeader
        title={t('common:page.settings')}
        intro={t('intro')}
        actions={
          <Button
            component="a"
            variant="default"
            href={hrefTo('settings', ['file'])}
            leftSection={<IconFileCode size={16} aria-hidden />}
          >
            {t('file.open')}
          </Button>
        }
      />
      <div className={classes.column}>
        <ConfigProblem />
        <QueryView query={config} rows={3}>
          {(view) => (
            <>
              <ServerForm view={view} />
              <BrowserSection />
              {desktop !== null && <DesktopSection desktop={desktop} />}
              <FileSection view={view} />
            </>
          )}
        </QueryView>
      </div>
    </>
  )
}
