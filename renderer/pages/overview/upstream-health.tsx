import { Title } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { KeyStatus, UpstreamStatus } from '../../../proxy/contract.ts'
import { isPrepared, upstreamHealth } from '../../../proxy/upstream-health.ts'
import { Countdown } from '../../components/countdown.tsx'
import { StateBadge } from '../../components/state-badge.tsx'
import { healthTone, keyTone } from '../../format.ts'
import { hrefTo } from '../../route.ts'
import classes from './upstream-health.module.css'

/** Every upstream in the order they are tried, with the keys that can't be used right now. */
export function UpstreamHealthList({ upstreams }: { readonly upstreams: readonly UpstreamStatus[] }) {
  const { t } = useTranslation(['overview', 'common'])
  return (
    <section className="panel">
      <div className={classes.title}>
        <Title order={2}>{t('common:page.upstreams')}</Title>
        <a className={classes.all} href={hrefTo('upstreams')}>
          {t('health.manage')}
        </a>
      </div>
      {upstreams.length === 0 ? (
        <p className={classes.none}>{t('health.none')}</p>
      ) : (
        <ul className={classes.list}>
          {upstreams.map((upstream, place) => (
            // Names may come twice in a file by hand.
            <li key={`${place} ${upstream.name}`} className={classes.upstream}>
              <UpstreamLine upstream={upstream} />
              {upstream.enabled &&
                upstream.keys
                  .filter((key) => key.state !== 'ready' && key.state !== 'disabled')
                  .map((key) => <KeyLine key={key.keyId} status={key} />)}
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function UpstreamLine({ upstream }: { readonly upstream: UpstreamStatus }) {
  const { t } = useTranslation(['overview', 'common'])
  const prepared = upstream.enabled && isPrepared(upstream)
  const health = upstreamHealth(upstream)
  const ready = upstream.keys.filter((key) => key.state === 'ready').length
  const total = upstream.keys.filter((key) => key.state !== 'disabled').length
  return (
    <div className={classes.line}>
      <a className={`${classes.name} one-line`} href={hrefTo('upstreams', [upstream.name])} title={upstream.name}>
        {upstream.name}
      </a>
      <span className={classes.note}>
        {upstream.activeRequests > 0 && t('health.active', { count: upstream.activeRequests })}
        {upstream.activeRequests > 0 && total > 1 && ' · '}
        {upstream.enabled && total > 1 && t('health.keys', { ready, total })}
      </span>
      <span className={classes.state}>
        <StateBadge tone={prepared ? 'off' : healthTone(health)} plain>
          {prepared ? t('common:upstream.prepared') : t(`common:upstream.${health}`)}
        </StateBadge>
        {health === 'failing' && upstream.breakerUntil !== null && (
          <span className={classes.until}>
            <Countdown until={upstream.breakerUntil} thenTried />
          </span>
        )}
      </span>
    </div>
  )
}

function KeyLine({ status }: { readonly status: KeyStatus }) {
  const { t } = useTranslation(['overview', 'common'])
  return (
    <div className={classes.key}>
      <span className="one-line" title={status.label}>
        {status.label}
      </span>
      <span className={classes.state}>
        <StateBadge tone={keyTone(status.state)} plain>
          {t(`common:key.${status.state}`)}
        </StateBadge>
        {status.until !== null && (
          <span className={classes.until}>
            <Countdown until={status.until} />
          </span>
        )}
      </span>
    </div>
  )
}
