/** Hands icon, tooltip and menu to Electron, and only what has changed: Linux desktops close an open menu on each change. */
import { join } from 'node:path'
import type { MenuItemConstructorOptions, NativeImage } from 'electron'
import { Menu, Tray, nativeImage } from 'electron'
import type { TrayAction, TrayItem } from './tray-menu.ts'
import type { TrayState } from './tray-state.ts'
import { trayIconFile } from './tray-state.ts'

export interface TrayContent {
  readonly state: TrayState
  readonly tooltip: string
  readonly items: readonly TrayItem[]
}

export interface AppTrayOptions {
  readonly platform: NodeJS.Platform
  /** Holds the drawn icons. */
  readonly iconFolder: string
  readonly onAction: (action: TrayAction) => void
  /** A click on the icon itself, where the system tells of it. */
  readonly onClick: () => void
}

export class AppTray {
  readonly #options: AppTrayOptions
  readonly #tray: Tray
  readonly #images = new Map<TrayState, NativeImage>()
  #shown: { readonly state: TrayState; readonly tooltip: string; readonly items: string } | null = null
  // Linux desktops ask for the menu again later, so it has to live as long as it is shown.
  #menu: Menu | null = null

  constructor(options: AppTrayOptions) {
    this.#options = options
    this.#tray = new Tray(this.#image('stopped'))
    // On macOS a click opens the menu.
    if (options.platform !== 'darwin') this.#tray.on('click', () => options.onClick())
  }

  show({ state, tooltip, items }: TrayContent): void {
    const content = JSON.stringify(items)
    const shown = this.#shown
    if (shown?.state !== state) this.#tray.setImage(this.#image(state))
    if (shown?.tooltip !== tooltip) this.#tray.setToolTip(tooltip)
    if (shown?.items !== content) {
      this.#menu = Menu.buildFromTemplate(items.map((item) => this.#template(item)))
      this.#tray.setContextMenu(this.#menu)
    }
    this.#shown = { state, tooltip, items: content }
  }

  /** Draws the menu again although nothing changed: a click has moved a tick that stands for what did not happen. */
  forget(): void {
    this.#shown = null
  }

  #image(state: TrayState): NativeImage {
    const known = this.#images.get(state)
    if (known) return known
    const image = nativeImage.createFromPath(
      join(this.#options.iconFolder, trayIconFile(state, this.#options.platform)),
    )
    this.#images.set(state, image)
    return image
  }

  #template(item: TrayItem): MenuItemConstructorOptions {
    switch (item.kind) {
      case 'separator':
        return { type: 'separator' }
      case 'text':
        return { id: item.id, label: menuLabel(item.label), enabled: false }
      case 'submenu':
        return { id: item.id, label: menuLabel(item.label), submenu: item.items.map((inner) => this.#template(inner)) }
      case 'action':
      case 'check':
      case 'radio': {
        const { id, label, enabled, action } = item
        const click = () => this.#options.onAction(action)
        const type = item.kind === 'check' ? 'checkbox' : item.kind === 'radio' ? 'radio' : 'normal'
        const checked = item.kind === 'action' ? {} : { checked: item.checked }
        return { id, label: menuLabel(label), type, enabled, click, ...checked }
      }
    }
  }
}

const longestLabel = 80

/** A label as it is meant: a single `&` would underline the next letter. Cut where a name is very long. */
function menuLabel(text: string): string {
  const short = text.length > longestLabel ? `${text.slice(0, longestLabel - 1)}…` : text
  return short.replaceAll('&', '&&')
}
