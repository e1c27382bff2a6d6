import type { MenuItemConstructorOptions } from 'electron'
import { expect, it } from 'vitest'
import { appMenu } from '../../main/app-menu.ts'

function withoutSeparators(submenu: MenuItemConstructorOptions['submenu']): readonly MenuItemConstructorOptions[] {
  return Array.isArray(submenu) ? submenu.filter(({ type }) => type !== 'separator') : []
}

it('is there on macOS, where copy and paste need it, in the language of the rest', () => {
  const [own, edit, window] = appMenu('darwin', 'zh') ?? []
  expect([own?.label, edit?.label, window?.label]).toEqual(['AI Proxy', '编辑', '窗口'])
  const entries = [own, edit, window].flatMap((menu) => withoutSeparators(menu?.submenu))
  expect(entries.filter(({ role, label }) => !role || !/[\u4E00-\u9FFF]/.test(label ?? ''))).toEqual([])
  expect(entries.map(({ role }) => role)).toEqual(expect.arrayContaining(['copy', 'paste', 'selectAll', 'quit']))
})

it.each(['win32', 'linux'] as const)('is none on %s: shortcuts work without it', (platform) => {
  expect(appMenu(platform, 'en')).toBeNull()
})
