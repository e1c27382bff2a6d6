/**
 * The console's token: it comes in the URL's fragment (`/console/#token=…`, never sent to a server) and is kept
 * in sessionStorage, for this tab only.
 */

/** Where the tab keeps it. */
export const tokenStorageKey = 'ai-proxy.token'

/** The token in what a person pastes: the whole URL, its fragment or the bare token. Null when there is none. */
export function parseToken(pasted: string): string | null {
  const text = pasted.trim()
  const named = /#token=([^&\s]+)/.exec(text)?.[1]
  if (named !== undefined) return decodeToken(named)
  return /^[\w.~+/=-]+$/.test(text) ? text : null
}

/** Takes the token out of the address bar, so that it is in no history entry, bookmark or screenshot. */
export function takeTokenFromUrl(): string | null {
  if (!location.hash.startsWith('#token=')) return null
  const token = parseToken(location.hash)
  history.replaceState(null, '', `${location.pathname}${location.search}`)
  if (token !== null) keepToken(token)
  return token
}

export function keepToken(token: string): void {
  sessionStorage.setItem(tokenStorageKey, token)
}

export function readToken(): string | null {
  return takeTokenFromUrl() ?? sessionStorage.getItem(tokenStorageKey)
}

function decodeToken(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    // A lone percent sign: no token of ours holds one.
    return null
  }
}
