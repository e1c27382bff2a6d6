import { useTranslation } from 'react-i18next'
import type { NetworkUrl } from '../../proxy/contract.ts'
import { CopyButton } from './copy-button.tsx'
import classes from './network-urls.module.css'

/** What other devices paste as base URL: one line for each network of this computer. */
export function NetworkUrls({ urls }: { readonly urls: readonly NetworkUrl[] }) {
  const { t } = useTranslation('overview')
  if (urls.length === 0) return <p className={`small dim ${classes.none}`}>{t('reach.noNetwork')}</p>
  return (
    <ul className={classes.urls}>
      {urls.map(({ url, adapter }) => (
        <li key={url}>
          <span>
            <span className="mono breaks">{url}</span>
            {adapter !== '' && <span className="small dim">{adapter}</span>}
          </span>
          <CopyButton text={url} what={url} />
        </li>
      ))}
    </ul>
  )
}
