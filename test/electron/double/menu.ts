/** `Menu`, `MenuItem`, `Tray`. A click goes to the very item that the app made, as long as it is enabled. */
import { EventEmitter } from 'node:events'
import type { Menu as ElectronMenu, MenuItemConstructorOptions, Tray as ElectronTray } from 'electron'
import { app } from './app.ts'
import { answerWith, report } from './channel.ts'
import { makeEvent } from './events.ts'
import { type ImageDouble, imageOf } from './image.ts'
import type { MenuItemState } from './messages.ts'

export class MenuItem {
  readonly id: string
  readonly role: string | null
  readonly type: string
  readonly submenu: Menu | null
  readonly click: MenuItemConstructorOptions['click']
  label: string
  enabled: boolean
  visible: boolean
  checked: boolean

  constructor(options: MenuItemConstructorOptions) {
    if (options.label === undefined && options.role === undefined && options.type === undefined)
      throw new TypeError('Invalid template for MenuItem: must have at least one of label, role or type')
    const { submenu } = options
    this.id = options.id ?? ''
    this.role = options.role ?? null
    this.type = options.type ?? (submenu === undefined ? 'normal' : 'submenu')
    this.label = options.label ?? options.role ?? ''
    this.enabled = options.enabled ?? true
    this.visible = options.visible ?? true
    this.checked = options.checked ?? false
    this.click = options.click
    if (this.type === 'submenu' && submenu === undefined) throw new TypeError('Invalid submenu')
    this.submenu = Array.isArray(submenu) ? Menu.buildFromTemplate(submenu) : submenu instanceof Menu ? submenu : null
  }

  state(): MenuItemState {
    const { id, label, type, role, enabled, visible, checked, submenu } = this
    return { id, label, type, role, enabled, visible, checked, submenu: submenu?.state() ?? null }
  }
}

export class Menu extends EventEmitter implements Pick<ElectronMenu, 'popup' | 'closePopup'> {
  static #application: Menu | null = null

  static buildFromTemplate(template: readonly (MenuItemConstructorOptions | MenuItem)[]): Menu {
    const menu = new Menu()
    for (const item of template)
      menu.append(item instanceof MenuItem ? item : new MenuItem(item as MenuItemConstructorOptions))
    return menu
  }

  static setApplicationMenu(menu: Menu | null): void {
    Menu.#application = menu
    report({ kind: 'application-menu', items: menu?.state() ?? null })
  }

  static getApplicationMenu(): Menu | null {
    return Menu.#application
  }

  readonly items: MenuItem[] = []

  append(item: MenuItem): void {
    this.items.push(item)
  }

  insert(position: number, item: MenuItem): void {
    this.items.splice(position, 0, item)
  }

  getMenuItemById(id: string): MenuItem | null {
    for (const item of this.items) {
      const found = item.id === id ? item : (item.submenu?.getMenuItemById(id) ?? null)
      if (found !== null) return found
    }
    return null
  }

  popup(): void {}
  closePopup(): void {}

  state(): MenuItemState[] {
    return this.items.map((item) => item.state())
  }
}

const trays = new Set<Tray>()

export class Tray
  extends EventEmitter
  implements
    Pick<
      ElectronTray,
      | 'closeContextMenu'
      | 'destroy'
      | 'displayBalloon'
      | 'focus'
      | 'getBounds'
      | 'getTitle'
      | 'isDestroyed'
      | 'popUpContextMenu'
      | 'setContextMenu'
      | 'setIgnoreDoubleClickEvents'
      | 'setImage'
      | 'setPressedImage'
      | 'setTitle'
      | 'setToolTip'
    >
{
  menu: Menu | null = null
  #image: ImageDouble
  #toolTip = ''
  #title = ''
  #isReporting = false

  constructor(image: unknown) {
    super()
    if (!app.isReady()) throw new Error('Cannot create Tray before app is ready')
    if (process.env['ELECTRON_DOUBLE_NO_TRAY'] === '1') throw new Error('Unable to create tray')
    this.#image = imageOf(image)
    trays.add(this)
    this.#report()
  }

  setImage(image: unknown): void {
    this.#image = imageOf(image)
    this.#report()
  }

  setPressedImage(image: unknown): void {
    imageOf(image)
  }

  setToolTip(toolTip: string): void {
    this.#toolTip = toolTip
    this.#report()
  }

  setTitle(title: string): void {
    this.#title = title
    this.#report()
  }

  getTitle(): string {
    return this.#title
  }

  setContextMenu(menu: unknown): void {
    if (menu !== null && !(menu instanceof Menu)) throw new TypeError('Argument must be a Menu or null')
    this.menu = menu
    this.#report()
  }

  destroy(): void {
    if (trays.delete(this)) report({ kind: 'tray', tray: null })
  }

  isDestroyed(): boolean {
    return !trays.has(this)
  }

  getBounds(): { x: number; y: number; width: number; height: number } {
    return { x: 0, y: 0, width: 24, height: 24 }
  }

  popUpContextMenu(): void {}
  closeContextMenu(): void {}
  displayBalloon(): void {}
  focus(): void {}
  setIgnoreDoubleClickEvents(): void {}

  /** Once for all that is changed in one go, so that a test never sees half of it. */
  #report(): void {
    if (this.isDestroyed()) throw new Error('Tray is destroyed')
    if (this.#isReporting) return
    this.#isReporting = true
    queueMicrotask(() => {
      this.#isReporting = false
      if (!this.isDestroyed()) this.#reportNow()
    })
  }

  /** The menu as it was handed over: on Linux, changes of its items afterwards don't show either. */
  #reportNow(): void {
    report({
      kind: 'tray',
      tray: {
        toolTip: this.#toolTip,
        title: this.#title,
        image: this.#image.state(),
        menu: this.menu?.state() ?? null,
      },
    })
  }
}

export function theTray(): Tray | null {
  return [...trays].at(-1) ?? null
}

answerWith({
  clickTrayMenu(path) {
    let items = theTray()?.menu?.items ?? []
    let item: MenuItem | null = null
    for (const step of path) {
      item = items.find(({ id, label }) => id === step || label === step) ?? null
      if (item === null) throw new Error(`No item "${step}" among: ${items.map(nameOf).join(', ')}`)
      if (!item.visible) throw new Error(`The item "${step}" is hidden.`)
      if (!item.enabled) throw new Error(`The item "${step}" is disabled.`)
      items = item.submenu?.items ?? []
    }
    if (item !== null) click(item)
  },
})

function nameOf({ id, label, type }: MenuItem): string {
  return id || label || type
}

function click(item: MenuItem): void {
  // What Electron does before it calls the app.
  if (item.type === 'checkbox') item.checked = !item.checked
  if (item.type === 'radio') item.checked = true
  if (item.role === 'quit') app.quit()
  // Safe: the app sees the item that it made; there is no window under a tray's menu.
  type Click = NonNullable<MenuItemConstructorOptions['click']>
  const event = makeEvent({ triggeredByAccelerator: false }) as unknown as Parameters<Click>[2]
  item.click?.(item as unknown as Parameters<Click>[0], undefined, event)
}
