/** One step of "what would happen" as a sentence, chosen by its code; see `ExplainStep` in the contract. */
import type { TFunction } from 'i18next'
import type { ExplainStep } from '../../../proxy/contract.ts'
import { formatDateTime } from '../../format.ts'

type Translate = TFunction<readonly ['models', 'common']>

export function explainText(t: Translate, { code, params }: ExplainStep, locale: string): string {
  const why = whyText(t, params['why'])
  const values = { ...params, why }
  switch (code) {
    case 'target':
      return Number(params['shunned'] ?? 0) > 0
        ? t('explain.code.targetShunned', values)
        : t('explain.code.target', values)
    case 'key':
      return keyText(t, values)
    case 'no-key':
      return typeof params['until'] === 'number'
        ? t('explain.code.noKeyUntil', { ...values, time: formatDateTime(params['until'], locale) })
        : t('explain.code.no-key', values)
    case 'sent':
      return (params['key'] ?? '') === '' ? t('explain.code.sent', values) : t('explain.code.sentWithKey', values)
    case 'not-found': {
      const configured = Number(params['configured'] ?? 0)
      return configured > 0
        ? t('explain.code.notUsable', { ...values, count: configured })
        : t('explain.code.not-found', values)
    }
    case 'project-unknown':
    case 'project-disabled':
    case 'allowed':
    case 'not-allowed':
    case 'alias':
    case 'direct':
    case 'exact':
    case 'pattern':
    case 'wildcard':
    case 'target-skipped':
      return t(`explain.code.${code}`, values)
    default:
      // An engine of another version may know further steps.
      return code satisfies never
  }
}

function keyText(t: Translate, values: Readonly<Record<string, string | number>>): string {
  switch (values['state']) {
    case 'none-needed':
      return t('explain.code.keyNone')
    case 'paused':
    case 'refused':
      return t('explain.code.keyTested', values)
    default:
      return t('explain.code.keyReady', values)
  }
}

const knownReasons = [
  'rate_limited',
  'key_exhausted',
  'key_invalid',
  'key_refused',
  'key_no_access',
  'model_not_found',
  'disabled',
  'no-key',
] as const

function whyText(t: Translate, why: string | number | undefined): string {
  const known = knownReasons.find((reason) => reason === why)
  return known === undefined ? String(why ?? '') : t(`explain.why.${known}`)
}
