import { Kbd } from '@mantine/core'

export interface KeyboardHintProps {
  /** `Mod+S`; `Mod` is ⌘ on a Mac and Ctrl elsewhere. */
  readonly keys: string
}

export function KeyboardHint({ keys }: KeyboardHintProps) {
  return (
    <Kbd size="xs" aria-hidden>
      {keys
        .split('+')
        .map((key) => (key === 'Mod' ? modifier : key))
        .join(isMac ? '' : '+')}
    </Kbd>
  )
}

const isMac = /mac/i.test(navigator.userAgent)
const modifier = isMac ? '⌘' : 'Ctrl'
