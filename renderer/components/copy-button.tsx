import { ActionIcon, Button, Tooltip, VisuallyHidden } from '@mantine/core'
import { IconCheck, IconCopy, IconX } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { useCopy } from './use-copy.ts'

export interface CopyButtonProps {
  /** The text, or how to get it when it is a secret that the page doesn't hold. */
  readonly text: string | (() => Promise<string>)
  /** What is copied, for the label: "base URL". */
  readonly what: string
  /** Shows a button with words in place of the icon. */
  readonly children?: React.ReactNode
}

const icons = { idle: IconCopy, copied: IconCheck, failed: IconX }

export function CopyButton({ text, what, children }: CopyButtonProps) {
  const { t } = useTranslation('common')
  const { state, copy } = useCopy()
  const label = t('action.copyOf', { what })
  const feedback = { idle: '', copied: t('action.copied'), failed: t('action.copyFailed') }[state]
  const Icon = icons[state]
  const icon = <Icon size={16} stroke={1.75} color={state === 'copied' ? 'var(--tone-good)' : undefined} aria-hidden />
  return (
    <>
      {children === undefined ? (
        <Tooltip label={feedback === '' ? label : feedback} {...(feedback === '' ? {} : { opened: true })}>
          <ActionIcon aria-label={label} onClick={() => copy(text)}>
            {icon}
          </ActionIcon>
        </Tooltip>
      ) : (
        // The name must contain what one reads on it: "Copied" is its own name.
        <Button
          variant="default"
          leftSection={icon}
          {...(state === 'copied' ? {} : { 'aria-label': label })}
          onClick={() => copy(text)}
        >
          {state === 'copied' ? feedback : children}
        </Button>
      )}
      <VisuallyHidden component="output">{feedback}</VisuallyHidden>
    </>
  )
}
