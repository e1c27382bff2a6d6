/** True when two base URLs lead to the same place: with and without /v1, however it is spelled. */
export function isSameAddress(one: string, other: string): boolean {
  return normalize(one) === normalize(other)
}

function normalize(baseUrl: string): string {
  return baseUrl.trim().toLowerCase().replace(/\/+$/, '').replace(/\/v1$/, '')
}
