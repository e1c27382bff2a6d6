import { useTranslation } from 'react-i18next'
import type { RequestDetails } from '../../../proxy/contract.ts'
import { CodeBlock } from '../../components/code-block.tsx'
import classes from './request-details.module.css'

/** Headers of both sides, and the body where it was kept. Folded away: they are looked up, not read. */
export function RequestTexts({ details }: { readonly details: RequestDetails }) {
  const { t } = useTranslation('requests')
  // Every request has some, until they are let go.
  const none = details.requestHeaders.length === 0 ? t('headers.gone') : t('headers.none')
  return (
    <section className={classes.texts}>
      <Headers name={t('headers.request')} headers={details.requestHeaders} none={none} />
      <Headers name={t('headers.response')} headers={details.responseHeaders} none={none} />
      {details.requestBody !== null && (
        <details className={classes.fold}>
          <summary>{t('headers.body')}</summary>
          <CodeBlock code={indented(details.requestBody)} what={t('headers.body')} copyText={details.requestBody} />
        </details>
      )}
    </section>
  )
}

interface HeadersProps {
  readonly name: string
  readonly headers: RequestDetails['requestHeaders']
  /** Said where there are none. */
  readonly none: string
}

function Headers({ name, headers, none }: HeadersProps) {
  return (
    <details className={classes.fold}>
      <summary>
        {name} <span className={classes.count}>{headers.length}</span>
      </summary>
      {headers.length === 0 ? (
        <p className={classes.note}>{none}</p>
      ) : (
        <dl className={classes.headers}>
          {headers.map(([header, value], index) => (
            // The same header may come twice.
            <div key={`${index} ${header}`}>
              <dt className="mono">{header}</dt>
              <dd className="mono breaks">{value}</dd>
            </div>
          ))}
        </dl>
      )}
    </details>
  )
}

function indented(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2)
  } catch {
    // Not JSON (an upload): as it is.
    return body
  }
}
