/** The first request as a command to paste. Pure. */

export interface CurlOptions {
  readonly baseUrl: string
  readonly key: string
  readonly model: string
  /** `process.platform` of the engine's computer. */
  readonly platform: string
}

export function curlText({ baseUrl, key, model, platform }: CurlOptions): string {
  const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'Hi' }], stream: true })
  const url = `${baseUrl}/chat/completions`
  // cmd.exe knows no single quotes, and PowerShell's own "curl" is something else.
  if (platform === 'win32') {
    const quoted = `"${body.replaceAll('"', String.raw`\"`)}"`
    return `curl.exe -N ${url} -H "Authorization: Bearer ${key}" -H "Content-Type: application/json" -d ${quoted}`
  }
  return [
    `curl -N ${url} \\`,
    `  -H 'Authorization: Bearer ${key}' \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d '${body.replaceAll("'", String.raw`'\''`)}'`,
  ].join('\n')
}
