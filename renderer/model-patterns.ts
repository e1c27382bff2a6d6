/** Patterns of model names, with the one rule that they have: `*` stands for any text. Pure. */

/** True when a pattern with a star, or "*" itself, takes in the name. */
export function isCovered(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => pattern.includes('*') && toExpression(pattern).test(name))
}

function toExpression(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`))
  return new RegExp(`^${parts.join('.*')}$`)
}
