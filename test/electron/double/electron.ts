/**
 * What `import … from 'electron'` gives under the double. Each part is checked against Electron's own definitions
 * where it is written; here the list of names is.
 */
import type * as Electron from 'electron'
import { app } from './app.ts'
import { clipboard, dialog, nativeTheme, Notification, powerMonitor, powerSaveBlocker } from './desktop.ts'
import { safeStorage, screen, shell } from './desktop.ts'
import { nativeImage } from './image.ts'
import { ipcMain } from './ipc-main.ts'
import './ipc.ts'
import { Menu, MenuItem, Tray } from './menu.ts'
import './permissions.ts'
import { net, protocol, session } from './protocol.ts'
import { allContents, contentsOf } from './web-contents.ts'
import { BrowserWindow } from './window.ts'

const webContents = { getAllWebContents: allContents, fromId: contentsOf }

// Nothing that Electron doesn't have.
const double = {
  app,
  BrowserWindow,
  clipboard,
  dialog,
  ipcMain,
  Menu,
  MenuItem,
  nativeImage,
  nativeTheme,
  net,
  Notification,
  powerMonitor,
  powerSaveBlocker,
  protocol,
  safeStorage,
  screen,
  session,
  shell,
  Tray,
  webContents,
} satisfies Partial<Record<keyof typeof Electron, unknown>>

// For `require('electron')`: https://nodejs.org/api/modules.html#loading-ecmascript-modules-using-require
export { double as 'module.exports' }
export {
  app,
  BrowserWindow,
  clipboard,
  dialog,
  ipcMain,
  Menu,
  MenuItem,
  nativeImage,
  nativeTheme,
  net,
  Notification,
  powerMonitor,
  powerSaveBlocker,
  protocol,
  safeStorage,
  screen,
  session,
  shell,
  Tray,
  webContents,
}
