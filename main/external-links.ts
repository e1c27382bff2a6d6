/**
 * Which addresses the system's browser is asked to open. The system starts whatever program is registered for a
 * scheme, so everything but web pages is refused.
 */

/** The address in its normal form, or null when it is not opened. */
export function externalUrl(text: string): string | null {
  if (text.length > maxLength || !URL.canParse(text)) return null
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') return null
  if (url.protocol === 'https:') return url.href
  // Our own address, and local model servers.
  return url.protocol === 'http:' && isLoopback(url.hostname) ? url.href : null
}

const maxLength = 2048

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}
