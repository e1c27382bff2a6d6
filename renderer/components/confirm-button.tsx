import { useState } from 'react'
import { Button, Group, Popover, Text, type ButtonProps } from '@mantine/core'
import { useTranslation } from 'react-i18next'

export interface ConfirmButtonProps extends Pick<
  ButtonProps,
  'variant' | 'color' | 'leftSection' | 'disabled' | 'loading'
> {
  /** What it does: "Disable key". */
  readonly children: React.ReactNode
  /** What will happen, and whether it can be undone. */
  readonly question: React.ReactNode
  /** The words of the button that does it; the same as `children` when left out. */
  readonly confirm?: React.ReactNode
  readonly onConfirm: () => void
}

/** A button that asks first. For what can't be undone; where it can, do it at once and offer `useUndo`. */
export function ConfirmButton({ children, question, confirm, onConfirm, ...button }: ConfirmButtonProps) {
  const { t } = useTranslation('common')
  const [opened, setOpened] = useState(false)
  return (
    <Popover opened={opened} onChange={setOpened} trapFocus returnFocus withArrow shadow="md" width={280}>
      <Popover.Target>
        <Button variant="default" {...button} onClick={() => setOpened(!opened)}>
          {children}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Text size="sm">{question}</Text>
        <Group justify="flex-end" gap="xs" mt="sm">
          <Button variant="default" onClick={() => setOpened(false)}>
            {t('action.cancel')}
          </Button>
          <Button
            color="red"
            onClick={() => {
              setOpened(false)
              onConfirm()
            }}
          >
            {confirm ?? children}
          </Button>
        </Group>
      </Popover.Dropdown>
    </Popover>
  )
}
