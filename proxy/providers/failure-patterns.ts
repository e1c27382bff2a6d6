/**
 * Wording that tells what an error means, used only where code and type say nothing. Bodies can echo
 * the prompt, so no bare number is matched, only the beginning of the message is read, and a status
 * rules out what it can't mean.
 */

import type { FailureClass } from '../contract.ts'
import type { ProviderError } from './error-body.ts'

interface Pattern {
  readonly class: FailureClass
  readonly wording: readonly (string | readonly string[])[]
}

/** Far enough for every known text, too short for most of an echoed prompt. */
const readCharacters = 500

/** In order of precedence. A list within the list stands for texts that must all be there. */
const patterns: readonly Pattern[] = [
  {
    class: 'key_invalid',
    wording: [
      'incorrect api key',
      'invalid api key',
      'api key not valid',
      'api key expired',
      'invalid x-api-key',
      'api key is invalid',
      'authentication fails',
      'authorization failed',
      'your access was terminated',
      'organization has been disabled',
      'organization has been restricted',
      'account_deactivated',
      'account is suspended',
    ],
  },
  {
    class: 'key_exhausted',
    wording: [
      'insufficient balance',
      'insufficient_balance',
      'credit balance is too low',
      'exceeded your current quota',
      'out of credits',
      'used all available credits',
      'spending limit',
      'usage limits',
      'arrearage',
      'overdue',
      '欠费',
      '余额不足',
      'payment required',
    ],
  },
  // Before the rate limits: "overloaded, please retry after 5 seconds" is no fault of the key.
  {
    class: 'overloaded',
    wording: [
      'overloaded',
      'capacity exceeded',
      'at capacity',
      'high traffic',
      'server busy',
      'loading model',
      'total request limit reached',
      'degraded function',
      '访问量过大',
    ],
  },
  {
    class: 'rate_limited',
    wording: [
      'rate limit',
      'rate_limit',
      'too many requests',
      'please retry after',
      'try again in',
      '请求过于频繁',
      '速率限制',
    ],
  },
  {
    class: 'context_too_long',
    wording: [
      'maximum context length',
      'context length',
      'prompt is too long',
      'exceeds the available context size',
      'maximum number of tokens allowed',
      'exceeded model token limit',
      'input token length too long',
      'range of input length',
      'too many tokens',
      ['current length is', 'while limit is'],
    ],
  },
  {
    class: 'content_blocked',
    wording: [
      'content management policy',
      'content_filter',
      'safety system',
      'content exists risk',
      'data_inspection',
      'risk detection',
      '敏感内容',
      'considered high risk',
    ],
  },
  {
    class: 'model_not_found',
    wording: [
      'model_not_found',
      'model not exist',
      ['does not exist', 'model'],
      'unknown_model',
      'no endpoints found',
      'not found for account',
    ],
  },
]

/** These mean rate limits when they say it, for they name every limit a "quota". */
const quotaMeansRate = new Set(['gemini', 'dashscope'])

/** What the wording of `error` means, or null when it says nothing that is known. */
export function classByWording(profileId: string, error: ProviderError): FailureClass | null {
  const text = error.message.slice(0, readCharacters).toLowerCase()
  const found = patterns.find((pattern) => {
    if (!isPossible(pattern.class, error.status)) return false
    return pattern.wording.some((wording) => {
      if (wording === 'exceeded your current quota' && quotaMeansRate.has(profileId)) return false
      return typeof wording === 'string' ? text.includes(wording) : wording.every((part) => text.includes(part))
    })
  })
  return found?.class ?? null
}

/** Whether a failure of this class can come with this status. */
function isPossible(failureClass: FailureClass, status: number): boolean {
  switch (failureClass) {
    case 'rate_limited':
      // A refused request may quote anything; those that are limited are told so by status.
      return ![400, 404, 413, 422].includes(status)
    case 'context_too_long':
    case 'content_blocked':
    case 'model_not_found':
      // "Too many tokens, please wait" is a limit per minute.
      return ![401, 402, 429].includes(status)
    default:
      return true
  }
}
