import { useCallback } from 'react'
import { Button, Group, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useTranslation } from 'react-i18next'
import { toFailure } from '../client.ts'
import { failureText } from '../failure-text.ts'
import { useNotices } from '../use-notices.ts'

const undoMs = 8000

/** Tells what was done and offers for eight seconds to take it back. */
export function useUndo(): (message: string, undo: () => Promise<unknown>) => void {
  const { t } = useTranslation('common')
  const notices = useNotices()
  return useCallback(
    (message, undo) => {
      const id = crypto.randomUUID()
      const handleUndo = () => {
        notifications.hide(id)
        undo().then(
          () => notices.show({ message: t('undo.done'), autoClose: 3000 }),
          (error: unknown) =>
            notices.show({
              color: 'red',
              message: t('undo.failed', { reason: failureText(t, toFailure(error)) }),
            }),
        )
      }
      notices.show({
        id,
        autoClose: undoMs,
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
    [notices, t],
  )
}
