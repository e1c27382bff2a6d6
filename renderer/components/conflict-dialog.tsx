import { lazy, Suspense } from 'react'
import { Button, Group, Modal, Text } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { LoadingState } from './view-states.tsx'

// CodeMirror is large and conflicts are rare.
const TextDiff = lazy(() => import('./text-diff.tsx').then((module) => ({ default: module.TextDiff })))

export interface ConflictDialogProps {
  readonly diskText: string
  readonly yourText: string
  readonly onTakeDisk: () => void
  readonly onKeepMine: () => void
  readonly onClose: () => void
}

/** Both versions side by side; exactly what is shown as yours is what "Write mine" writes. */
export function ConflictDialog({ diskText, yourText, onTakeDisk, onKeepMine, onClose }: ConflictDialogProps) {
  const { t } = useTranslation('common')
  return (
    <Modal
      opened
      onClose={onClose}
      size="min(68rem, 92vw)"
      title={t('conflict.title')}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <Text size="sm" mb="sm">
        {t('conflict.text')}
      </Text>
      <Suspense fallback={<LoadingState rows={6} />}>
        <TextDiff
          before={diskText}
          after={yourText}
          beforeLabel={t('conflict.disk')}
          afterLabel={t('conflict.yours')}
        />
      </Suspense>
      <Group justify="flex-end" gap="xs" mt="md">
        <Button variant="default" onClick={onClose}>
          {t('action.cancel')}
        </Button>
        <Button variant="default" onClick={onTakeDisk}>
          {t('conflict.takeDisk')}
        </Button>
        <Button onClick={onKeepMine}>{t('conflict.keepMine')}</Button>
      </Group>
    </Modal>
  )
}
