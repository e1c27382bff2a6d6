/** Starts an app folder as `electron <folder> <arguments>` does: the process looks like Electron's main process. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const folder = resolve(process.argv[2] ?? '.')
// Safe: as npm demands of a package.json.
const { main } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { readonly main: string }
const electronPackage: unknown = createRequire(import.meta.url)('electron/package.json')
const electron = (electronPackage as { readonly version: string }).version

function define(name: string, value: unknown): void {
  Object.defineProperty(process, name, { value, configurable: true, enumerable: true })
}
define('versions', { ...process.versions, electron, chrome: '156.0.0.0' })
define('type', 'browser')
define('defaultApp', true)
define('resourcesPath', join(folder, 'node_modules', 'electron', 'dist', 'resources'))
process.argv = [process.execPath, folder, ...process.argv.slice(3)]

await import(pathToFileURL(resolve(folder, main)).href)
const { start } = await import('./app.ts')
start()
