/** An expected failure of something the shell was asked for: a stable code, and a sentence in the user's language. */
export class DesktopFailure extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.name = 'DesktopFailure'
    this.code = code
  }
}
