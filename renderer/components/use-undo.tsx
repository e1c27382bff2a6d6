import { useCallback } from 'react'
import { Button, Group, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useTranslation } from 'react-i18next'
import { toFailure } from '../client.ts'
import { failureText } from '../failure-text.ts'

const undoMs = 8000

/** Tells what was done and offers for eight seconds to take it back. */
export function useUndo(): (message: string, undo: () => Promise<unknown>) => void {
  const { t } = useTranslation('common')
  return useCallback(
    (message, undo) => {
      const id = crypto.randomUUID()
      const handleUndo = () => {
        notifications.hide(id)
        undo().then(
          () => notifications.show({ message: t('undo.done'), autoClose: 3000 }),
          (error: unknown) =>
            notifications.show({
              color: 'red',
              message: t('undo.failed', { reason: failureText(t, toFailure(error)) }),
            }),
        )
      }
      notifications.show({
        id,
        autoClose: undoMs,
        closeButtonProps: { 'aria-label': t('action.close') },
        message: (
          <Group justify="space-between" wrap="nowrap" gap="sm">
            <Text size="sm">{message}</Text>
            <Button variant="default" onClick={handleUndo}>
              {t('action.undo')}
            </Button>
          </Group>
        ),
      })
    },
    [t],
  )
}
