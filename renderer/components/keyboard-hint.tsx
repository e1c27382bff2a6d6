import classes from './keyboard-hint.module.css'

export interface KeyboardHintProps {
  /** `Mod+S`; `Mod` is ⌘ on a Mac and Ctrl elsewhere. */
  readonly keys: string
}

/** For the eye only: the control that it stands on says what it does. */
export function KeyboardHint({ keys }: KeyboardHintProps) {
  const names = keys.split('+').map((key) => (key === 'Mod' ? modifier : key))
  return (
    <kbd className={classes.hint} aria-hidden>
      {names.join(isMac ? '' : '+')}
    </kbd>
  )
}

const isMac = /mac/i.test(navigator.userAgent)
const modifier = isMac ? '⌘' : 'Ctrl'
