import { Fragment } from 'react'
import { useTranslation } from 'react-i18next'
import type { UrlPreview } from '../../../proxy/contract.ts'
import { StateBadge } from '../../components/state-badge.tsx'
import classes from './upstreams.module.css'

/** The addresses that will really be called, so that a doubled or missing /v1 is seen while it is typed. */
export function UrlPreviewList({ preview }: { readonly preview: UrlPreview }) {
  const { t } = useTranslation('upstreams')
  if (preview.problem !== null) {
    return (
      <output>
        <StateBadge tone="warning" plain>
          {t(`address.problem.${preview.problem}`)}
        </StateBadge>
      </output>
    )
  }
  return (
    <dl className={classes.urls} aria-label={t('address.calls')}>
      {preview.urls.map(({ operation, url }) => (
        <Fragment key={operation}>
          <dt>{operation}</dt>
          <dd className="mono breaks">{url}</dd>
        </Fragment>
      ))}
    </dl>
  )
}
