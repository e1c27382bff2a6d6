/**
 * Which browser the tests run in. Found once a run, before the first worker starts: the package unpacks its browser
 * into the folder for temporary files, and two workers that did so at once would start half a file.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const systemBrowsers = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/microsoft-edge',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
]

/**
 * The headless shell in `@sparticuz/chromium` where it runs, else a browser of the system; null when there is none.
 * The shell comes first: it is the same on every machine and takes a third of the processor time of a whole browser.
 */
export async function findBrowser(): Promise<string | null> {
  return (await packagedBrowser()) ?? systemBrowsers.find((path) => existsSync(path)) ?? null
}

async function packagedBrowser(): Promise<string | null> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return null
  const { default: packaged } = await import('@sparticuz/chromium')
  const path = await packaged.executablePath()
  // It needs libraries that a bare system lacks, NSS first of all.
  return spawnSync(path, ['--version']).status === 0 ? path : null
}
