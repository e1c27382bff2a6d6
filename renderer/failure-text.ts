/** A failed call in the user's language. The engine's own messages are already in its language and hold no secrets. */
import type { TFunction } from 'i18next'
import type { ControlFailure } from './client.ts'

export function failureText(t: TFunction<'common'>, failure: Pick<ControlFailure, 'code' | 'message'>): string {
  switch (failure.code) {
    case 'unreachable':
      return t('failure.unreachable')
    case 'unauthorized':
      return t('failure.unauthorized')
    case 'unexpected':
      return t('failure.unexpected', { message: failure.message })
    default:
      return failure.message
  }
}
