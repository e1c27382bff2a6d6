import { expect, it } from 'vitest'
import { appMenu } from '../../main/app-menu.ts'

it('gives macOS the menu that copy and paste need, and others none', () => {
  const roles = appMenu('darwin', 'en')?.flatMap(({ role, submenu }) => [
    role,
    ...(Array.isArray(submenu) ? submenu.map((item) => item.role) : []),
  ])
  expect(roles).toEqual(expect.arrayContaining(['appMenu', 'cut', 'copy', 'paste', 'selectAll', 'close']))
  expect([appMenu('win32', 'en'), appMenu('linux', 'zh')]).toEqual([null, null])
})
