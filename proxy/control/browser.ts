/**
 * Opens the console in the user's browser. The address holds the token, and other users of the machine can read the
 * arguments of every process, so the browser is given a small page in the data folder that leads there.
 */
import { spawn } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

type Environment = Readonly<Record<string, string | undefined>>

/** Best effort: where there is no browser, the address in the terminal is all that is left. */
export async function openInBrowser(url: string, dataFolder: string, env: Environment): Promise<void> {
  const page = join(dataFolder, 'open-console.html')
  const command = openerOf(process.platform, env, page)
  if (command === null) return
  // Made anew: a file that is there keeps its mode.
  await rm(page, { force: true })
  await writeFile(page, openingPage(url), { mode: 0o600, flag: 'wx' })
  const [program, ...args] = command
  const opener = spawn(program, args, { stdio: 'ignore', detached: true, windowsHide: true })
  opener.on('error', () => undefined)
  opener.unref()
}

/** The platform's way to open a file; null where nobody could see it. Pure. */
export function openerOf(
  platform: NodeJS.Platform,
  env: Environment,
  file: string,
): readonly [program: string, ...args: string[]] | null {
  switch (platform) {
    case 'darwin':
      return ['open', file]
    case 'win32':
      return ['explorer.exe', file]
    default:
      // Over SSH xdg-open would start a text browser in this very terminal.
      return env['DISPLAY'] || env['WAYLAND_DISPLAY'] ? ['xdg-open', file] : null
  }
}

/** A page that goes to `url` by itself, and has a link for browsers that don't. */
function openingPage(url: string): string {
  const address = url.replaceAll('&', '&amp;').replaceAll('"', '&quot;')
  return `<!doctype html>
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url=${address}">
<title>AI Proxy</title>
<a href="${address}">AI Proxy</a>
`
}
