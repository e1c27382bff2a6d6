/** Serves the built console: fixed files, strict headers. It holds nothing secret, so it wants no token. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { RequestHandler } from 'express'
import express from 'express'

/** Headers of everything under /console. Styles may be inline: the components' library writes them. */
export const consoleHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

/** @param folder - of the built console, with index.html and assets/. */
export function consoleFiles(folder: string): RequestHandler {
  const files = express.static(folder, {
    redirect: false,
    setHeaders(response, path) {
      // Names of assets hold a hash of their content.
      const isHashed = path.startsWith(join(folder, 'assets'))
      response.setHeader('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
  return (request, response, next) => {
    if (request.path === '/' && !existsSync(join(folder, 'index.html'))) {
      response.status(503).set('cache-control', 'no-store').type('html').send(notBuilt)
      return
    }
    files(request, response, next)
  }
}

const notBuilt = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>AI Proxy</title>
<h1>The console is not built</h1>
<p>Run <code>npm run build</code> in the project's folder, then load this page again. The proxy itself is running.</p>
<p lang="zh">控制台尚未构建：请在项目目录运行 <code>npm run build</code>，然后刷新此页。代理本身正在运行。</p>
</html>
`
