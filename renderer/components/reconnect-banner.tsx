import { useTranslation } from 'react-i18next'
import { useConsole } from '../console-context.ts'
import classes from './reconnect-banner.module.css'
import { StateBadge } from './state-badge.tsx'

/** Says that what is shown is no longer live. It goes by itself when the connection is back. */
export function ReconnectBanner() {
  const { t } = useTranslation('common')
  const lost = useConsole((state) => state.connection === 'reconnecting')
  const stale = useConsole((state) => state.status !== null)
  return (
    <output>
      {lost && (
        <div className={classes.banner}>
          <StateBadge tone="busy" plain>
            {t('connection.lost')}
          </StateBadge>
          {stale && <span className="small">{t('connection.lostHint')}</span>}
        </div>
      )}
    </output>
  )
}
