/** A failed call in the user's language. The engine's own messages are already in its language and hold no secrets. */
import { useCallback } from 'react'
import type { TFunction } from 'i18next'
import { useTranslation } from 'react-i18next'
import { toFailure, type ControlFailure } from './client.ts'

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

/** The same for components whose own texts are elsewhere. Takes whatever was thrown. */
export function useFailureText(): (error: unknown) => string {
  const { t } = useTranslation('common')
  return useCallback((error) => failureText(t, toFailure(error)), [t])
}
