import { lazy, Suspense } from 'react'
import { Button, Group, Modal } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { KeyboardHint } from '../../components/keyboard-hint.tsx'
import { LoadingState } from '../../components/view-states.tsx'

const TextDiff = lazy(() => import('../../components/text-diff.tsx').then((module) => ({ default: module.TextDiff })))

export interface ReviewDialogProps {
  readonly before: string
  readonly after: string
  readonly onWrite: () => void
  readonly onClose: () => void
}

/** What saving will change, before it does. Enter writes it, and so does Ctrl+S again (the save bar's). */
export function ReviewDialog({ before, after, onWrite, onClose }: ReviewDialogProps) {
  const { t } = useTranslation(['settings', 'common'])
  return (
    <Modal
      opened
      onClose={onClose}
      size="min(68rem, 92vw)"
      title={t('review.title')}
      closeButtonProps={{ 'aria-label': t('common:action.close') }}
    >
      <Suspense fallback={<LoadingState rows={6} />}>
        <TextDiff before={before} after={after} beforeLabel={t('review.before')} afterLabel={t('review.after')} />
      </Suspense>
      <Group justify="flex-end" gap="xs" mt="md">
        <Button variant="default" onClick={onClose}>
          {t('review.back')}
        </Button>
        <Button data-autofocus onClick={onWrite} rightSection={<KeyboardHint keys="Mod+S" />}>
          {t('review.write')}
        </Button>
      </Group>
    </Modal>
  )
}
