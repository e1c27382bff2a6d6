/** The application's menu. macOS needs one for copy and paste to work; elsewhere a tray app shows none. Pure. */
import type { MenuItemConstructorOptions } from 'electron'
import type { Language } from '../proxy/log-texts.ts'
import type { ShellTextKey } from './texts.ts'
import { shellText } from './texts.ts'

type Role = NonNullable<MenuItemConstructorOptions['role']>

export function appMenu(platform: NodeJS.Platform, language: Language): MenuItemConstructorOptions[] | null {
  if (platform !== 'darwin') return null
  // Electron labels its roles in English, whatever the system's language is.
  const item = (role: Role, key: ShellTextKey & `menu${string}`): MenuItemConstructorOptions => ({
    role,
    label: shellText(language, key),
  })
  return [
    {
      // macOS puts the app's own name there.
      label: 'AI Proxy',
      submenu: [
        item('about', 'menuAbout'),
        separator,
        item('services', 'menuServices'),
        separator,
        item('hide', 'menuHide'),
        item('hideOthers', 'menuHideOthers'),
        item('unhide', 'menuShowAll'),
        separator,
        item('quit', 'menuQuit'),
      ],
    },
    {
      label: shellText(language, 'menuEdit'),
      submenu: [
        item('undo', 'menuUndo'),
        item('redo', 'menuRedo'),
        separator,
        item('cut', 'menuCut'),
        item('copy', 'menuCopy'),
        item('paste', 'menuPaste'),
        item('selectAll', 'menuSelectAll'),
      ],
    },
    {
      label: shellText(language, 'menuWindow'),
      submenu: [
        item('minimize', 'menuMinimize'),
        item('zoom', 'menuZoom'),
        item('close', 'menuClose'),
        separator,
        item('front', 'menuFront'),
      ],
    },
  ]
}

const separator: MenuItemConstructorOptions = { type: 'separator' }
