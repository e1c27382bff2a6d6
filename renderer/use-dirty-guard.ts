/** Holds the user back while a form has unsaved changes: in the console with a question, at closing by the browser's own. */
import { useEffect } from 'react'
import { modals } from '@mantine/modals'
import { useTranslation } from 'react-i18next'
import { setLeaveGuard } from './route.ts'

export function useDirtyGuard(dirty: boolean): void {
  const { t } = useTranslation('common')

  useEffect(() => {
    if (!dirty) return undefined
    const removeGuard = setLeaveGuard((proceed) => {
      modals.openConfirmModal({
        title: t('leave.title'),
        children: t('leave.text'),
        labels: { confirm: t('leave.discard'), cancel: t('leave.stay') },
        confirmProps: { color: 'red' },
        closeButtonProps: { 'aria-label': t('action.close') },
        onConfirm: proceed,
      })
      return false
    })
    const handleBeforeUnload = (event: BeforeUnloadEvent) => event.preventDefault()
    window.addEventListener('beforeunload', handleBeforeUnload)
    return () => {
      removeGuard()
      window.removeEventListener('beforeunload', handleBeforeUnload)
    }
  }, [dirty, t])
}
