/** The application's menu. macOS needs one for copy and paste to work; elsewhere a tray app shows none. Pure. */
import type { MenuItemConstructorOptions } from 'electron'
import type { Language } from '../proxy/log-texts.ts'
import { shellText } from './texts.ts'

export function appMenu(platform: NodeJS.Platform, language: Language): MenuItemConstructorOptions[] | null {
  if (platform !== 'darwin') return null
  return [
    { role: 'appMenu' },
    {
      label: shellText(language, 'edit'),
      submenu: [
        { role: 'undo' },
        { role: 'redo' },
        { type: 'separator' },
        { role: 'cut' },
        { role: 'copy' },
        { role: 'paste' },
        { role: 'selectAll' },
      ],
    },
    {
      label: shellText(language, 'window'),
      submenu: [{ role: 'minimize' }, { role: 'zoom' }, { role: 'close' }, { type: 'separator' }, { role: 'front' }],
    },
  ]
}
