/** Texts that hold a secret: environment references in them, and placeholders that stand where one belongs. */

/** The key in the shipped config.yaml, which a first start replaces. It never works as a key. */
export const firstKeyPlaceholder = 'ak-REPLACED-ON-FIRST-START'

export interface FilledText {
  /** With every `${NAME}` replaced; '' in place of those that are missing. */
  readonly value: string
  /** The first variable named; null when there is none. */
  readonly envName: string | null
  /** Variables that are not set, or empty. */
  readonly missing: readonly string[]
}

/** Replaces `${NAME}` by the environment's value, without the white space that files and shells leave at its ends. */
export function fillFromEnv(text: string, env: Readonly<Record<string, string | undefined>>): FilledText {
  const missing: string[] = []
  let envName: string | null = null
  const value = text.replaceAll(/\$\{([A-Za-z_]\w*)\}/g, (_, name: string) => {
    envName ??= name
    const filled = env[name]?.trim() ?? ''
    if (filled === '') missing.push(name)
    return filled
  })
  return { value, envName, missing }
}

/** True for what people write where a key will be: "sk-...", "<your key>", "sk-xxxx", nothing. */
export function isPlaceholder(key: string): boolean {
  if (key === '' || key === firstKeyPlaceholder || /\.\.\.|[…<>]/.test(key)) return true
  return /^([a-z]{2,6}-)?(x{3,}|\*{3,})$/i.test(key) || /your[-_ ]?(api[-_ ]?)?(key|token)/i.test(key)
}

/** True when a header can carry the text as a key: visible ASCII, no spaces. */
export function isSendable(key: string): boolean {
  return /^[\u0021-\u007E]+$/.test(key)
}
