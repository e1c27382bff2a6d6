/**
 * Serves the built console to the window as `app://console/…`. Only our own pages ever ask, yet what they ask may be
 * anything: nothing outside the folder is read, and every answer carries the policy that the page runs under.
 */
import { readFile } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'
import type { CustomScheme } from 'electron'
import { consoleScheme } from './ipc-channels.ts'
import { isConsoleUrl } from './trusted-sender.ts'

/** Standard and secure, as an https page is: relative addresses, storage and the clipboard work. Not a way around CSP. */
export const consoleSchemePrivileges: CustomScheme = {
  scheme: consoleScheme,
  privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true },
}

/** Mantine and CodeMirror write styles into the page, hence `unsafe-inline` for styles; scripts come from files only. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** The handler for `protocol.handle`. @param folder - the built console. */
export function createConsoleHandler(folder: string): (request: { readonly url: string }) => Promise<Response> {
  return async ({ url }) => {
    const file = assetPath(url, folder)
    if (file === null) return answer(404, 'Not found', 'text/plain')
    try {
      return answer(
        200,
        new Uint8Array(await readFile(file)),
        contentTypes[extname(file)] ?? 'application/octet-stream',
      )
    } catch {
      // Missing, or a folder: for the page it is the same.
      return answer(404, 'Not found', 'text/plain')
    }
  }
}

/** The file behind an address of the console; null for anything that is not within the folder. */
export function assetPath(url: string, folder: string): string | null {
  if (!isConsoleUrl(url)) return null
  const path = decodePath(new URL(url).pathname)
  // A backslash or a colon would be a path or a stream of its own on Windows.
  if (path === null || /[\\:\0]/.test(path)) return null
  const file = join(folder, path === '/' ? 'index.html' : path)
  return file.startsWith(folder + sep) ? file : null
}

function decodePath(path: string): string | null {
  try {
    return decodeURIComponent(path)
  } catch {
    return null
  }
}

function answer(status: number, body: string | Uint8Array<ArrayBuffer>, contentType: string): Response {
  return new Response(body, {
    status,
    headers: {
      'content-type': contentType,
      'content-security-policy': contentSecurityPolicy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-cache',
    },
  })
}

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
}
