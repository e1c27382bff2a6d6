/**
 * The desktop app's start. Everything that Electron wants before it is ready is done here and now, without waiting:
 * an ES module that awaits at its top would come too late.
 */
import { mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { app, protocol } from 'electron'
import { readLaunch, userArguments } from './launch.ts'
import { consoleSchemePrivileges } from './protocol.ts'
import { startShell } from './shell.ts'

const launch = readLaunch({
  args: userArguments(process.argv, { isPackaged: app.isPackaged }),
  env: process.env,
  platform: process.platform,
  home: homedir(),
  cwd: process.cwd(),
})

// Chromium's own files have a folder within ours. The lock of the single instance lies there too: one for each data folder.
const chromiumFolder = join(launch.dataFolder, 'chromium')
try {
  mkdirSync(chromiumFolder, { recursive: true, mode: 0o700 })
  app.setPath('userData', chromiumFolder)
} catch (error) {
  // The window can do with Chromium's usual place; that the data folder is of no use is the engine's to tell.
  console.error(error)
}
// The same as in electron-builder.yml: without it Windows shows no notices.
if (process.platform === 'win32') app.setAppUserModelId('app.aiproxy.desktop')
protocol.registerSchemesAsPrivileged([consoleSchemePrivileges])

if (app.requestSingleInstanceLock()) {
  app
    .whenReady()
    .then(() => startShell(launch))
    .catch((error: unknown) => {
      // Without its parts the app would stay, seen by nobody, and hold the lock.
      console.error(error)
      app.exit(1)
    })
} else {
  // The app that runs already has been told, and shows its window.
  app.exit(0)
}
