/** Model name patterns: `*` stands for any run of characters, everything else for itself. */

export type NameMatcher = (name: string) => boolean

/** True for names that stand for more than themselves. */
export function isPattern(name: string): boolean {
  return name.includes('*')
}

/** Compiles names and patterns into one test. Names cost one look-up however many there are. */
export function compileNames(names: readonly string[]): NameMatcher {
  if (names.includes('*')) return () => true
  const exact = new Set(names.filter((name) => !isPattern(name)))
  const patterns = names.filter(isPattern).map(compilePattern)
  if (patterns.length === 0) return (name) => exact.has(name)
  return (name) => exact.has(name) || patterns.some((matches) => matches(name))
}

/**
 * Compiles one pattern. Written by hand and not as a RegExp: several stars in a row backtrack badly there, and model
 * names come from clients.
 */
export function compilePattern(pattern: string): NameMatcher {
  const parts = pattern.split('*')
  const first = parts[0] ?? ''
  const last = parts.at(-1) ?? ''
  const middle = parts.slice(1, -1).filter((part) => part !== '')
  if (parts.length === 1) return (name) => name === pattern
  return (name) => {
    if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length) return false
    let from = first.length
    const end = name.length - last.length
    for (const part of middle) {
      const at = name.indexOf(part, from)
      if (at === -1 || at + part.length > end) return false
      from = at + part.length
    }
    return true
  }
}
