/** Notices: short messages at the edge of the page that go by themselves, or by a button that has a name. */
import { useMemo } from 'react'
import { notifications, type NotificationData } from '@mantine/notifications'
import { useTranslation } from 'react-i18next'
import { toFailure } from './client.ts'
import { failureText } from './failure-text.ts'

export interface Notices {
  readonly show: (notice: NotificationData) => void
  /** Takes whatever was thrown. */
  readonly showFailure: (error: unknown) => void
}

export function useNotices(): Notices {
  const { t } = useTranslation('common')
  return useMemo(() => {
    const show = (notice: NotificationData) =>
      void notifications.show({ closeButtonProps: { 'aria-label': t('action.close') }, ...notice })
    return {
      show,
      showFailure: (error) => show({ color: 'red', message: failureText(t, toFailure(error)) }),
    }
  }, [t])
}
