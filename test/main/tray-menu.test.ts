import { describe, expect, it } from 'vitest'
import type { TrayItem, TrayView } from '../../main/tray-menu.ts'
import { trayMenu } from '../../main/tray-menu.ts'
import { makeDesktop, makeRejected, makeStatus, makeUpstream } from './make.ts'

const at = new Date(2026, 10, 23, 9, 5).getTime()

function makeView(overrides: Partial<TrayView> = {}): TrayView {
  return {
    status: makeStatus({
      upstreams: [makeUpstream(), makeUpstream({ name: 'A & B', enabled: false })],
      projects: [
        { name: 'default', enabled: true },
        { name: '测试项目', enabled: true },
        { name: 'old', enabled: false },
      ],
    }),
    desktop: makeDesktop(),
    recentErrors: [{ id: 'req_9', at, model: 'gpt-4o', status: 502, reason: 'upstream_error' }],
    language: 'en',
    configuredLanguage: null,
    ...overrides,
  }
}

/** The menu as lines of text: what the user sees, and what each entry does. */
function lines(items: readonly TrayItem[], indent = ''): readonly string[] {
  return items.flatMap((item): readonly string[] => {
    switch (item.kind) {
      case 'separator':
        return [`${indent}--`]
      case 'text':
        return [`${indent}(${item.label})`]
      case 'submenu':
        return [`${indent}${item.label} ▸`, ...lines(item.items, `${indent}  `)]
      case 'action':
        return [`${indent}${item.label}${item.enabled ? '' : ' [off]'} → ${describeAction(item.action)}`]
      case 'check':
      case 'radio': {
        const mark = item.kind === 'check' ? (item.checked ? '☑' : '☐') : item.checked ? '◉' : '○'
        return [`${indent}${mark} ${item.label}${item.enabled ? '' : ' [off]'} → ${describeAction(item.action)}`]
      }
    }
  })
}

function describeAction({ do: does, ...params }: Extract<TrayItem, { kind: 'action' }>['action']): string {
  return [does, ...Object.values(params).map(String)].join(' ')
}

function ids(items: readonly TrayItem[]): readonly string[] {
  return items.flatMap((item) =>
    item.kind === 'separator' ? [] : item.kind === 'submenu' ? [item.id, ...ids(item.items)] : [item.id],
  )
}

function find(items: readonly TrayItem[], id: string): TrayItem | undefined {
  for (const item of items) {
    if (item.kind === 'separator') continue
    if (item.id === id) return item
    const inner = item.kind === 'submenu' ? find(item.items, id) : undefined
    if (inner) return inner
  }
  return undefined
}

describe("the tray's menu", () => {
  it('has everything while the engine runs', () => {
    expect(lines(trayMenu(makeView()))).toEqual([
      '(Running · http://localhost:8080/v1)',
      '--',
      'Open console → open-console null',
      'Copy base URL → copy http://localhost:8080/v1',
      'Copy API key ▸',
      '  default → copy-project-key default',
      '  测试项目 → copy-project-key 测试项目',
      '--',
      'Stop → stop',
      'Restart → restart',
      '--',
      'Upstreams ▸',
      '  ☑ OpenAI → set-upstream OpenAI false',
      '  ☐ A & B → set-upstream A & B true',
      'Recent errors ▸',
      '  09:05  gpt-4o  502  upstream_error → open-console #/requests/req_9',
      'Open config.yaml → open-config',
      '--',
      'Who can connect ▸',
      '  ◉ This computer → set-reach this-computer',
      '  ○ Also LAN and WSL → set-reach network',
      '☐ Launch at login → set-launch-at-login true',
      'Language ▸',
      '  ○ 中文 → set-language zh',
      '  ○ English → set-language en',
      '  ◉ As the system → set-language null',
      '--',
      'Quit → quit',
    ])
  })

  it('is the same in Chinese, with the same ids', () => {
    const view = makeView()
    const chinese = trayMenu({ ...view, language: 'zh', configuredLanguage: 'zh', recentErrors: [] })
    expect(lines(chinese)).toEqual([
      '(运行中 · http://localhost:8080/v1)',
      '--',
      '打开控制台 → open-console null',
      '复制基础地址 → copy http://localhost:8080/v1',
      '复制 API 密钥 ▸',
      '  default → copy-project-key default',
      '  测试项目 → copy-project-key 测试项目',
      '--',
      '停止 → stop',
      '重新启动 → restart',
      '--',
      '上游 ▸',
      '  ☑ OpenAI → set-upstream OpenAI false',
      '  ☐ A & B → set-upstream A & B true',
      '最近的错误 ▸',
      '  (没有)',
      '打开 config.yaml → open-config',
      '--',
      '谁可以连接 ▸',
      '  ◉ 仅本机 → set-reach this-computer',
      '  ○ 本机、局域网和 WSL → set-reach network',
      '☐ 登录时启动 → set-launch-at-login true',
      '语言 ▸',
      '  ◉ 中文 → set-language zh',
      '  ○ English → set-language en',
      '  ○ 跟随系统 → set-language null',
      '--',
      '退出 → quit',
    ])
    expect(ids(chinese)).toEqual(ids(trayMenu({ ...view, recentErrors: [] })))
  })

  it('offers the next free port while the port is taken', () => {
    const status = makeRejected('port_in_use', {}, { state: 'failed', listening: null, upstreams: [], projects: [] })
    const desktop = makeDesktop({ portConflict: { port: 8080, holder: 'nginx (12)', nextFree: 8081 } })
    expect(lines(trayMenu(makeView({ status, desktop }))).slice(0, 11)).toEqual([
      '(Not running: port 8080 is in use by nginx (12))',
      '--',
      'Open console → open-console null',
      'Copy base URL [off] → copy ',
      '--',
      'Use port 8081 this time → use-next-port false',
      'Use port 8081 and save it → use-next-port true',
      'Retry → retry',
      'Start → start',
      'Restart [off] → restart',
      '--',
    ])
    const searching = makeDesktop({ portConflict: { port: 8080, holder: null, nextFree: null } })
    expect(find(trayMenu(makeView({ status, desktop: searching })), 'use-next-port')).toBeUndefined()
  })

  it.each([
    ['starting', ['start', false]],
    ['stopping', ['stop', false]],
    ['stopped', ['start', true]],
    ['failed', ['start', true]],
    ['running', ['stop', true]],
  ] as const)('while it is %s, one of start and stop is there: %j', (state, expected) => {
    const items = trayMenu(makeView({ status: makeStatus({ state }) }))
    const found = ['start', 'stop'].flatMap((id) => {
      const item = find(items, id)
      return item?.kind === 'action' ? [[id, item.enabled]] : []
    })
    expect(found).toEqual([expected])
  })

  it('ticks what is on', () => {
    const status = makeStatus()
    const { listening } = status
    const items = trayMenu(
      makeView({
        status: { ...status, listening: listening === null ? null : { ...listening, beyondLoopback: true } },
        desktop: makeDesktop({ launchAtLogin: true }),
        configuredLanguage: 'en',
      }),
    )
    const ticked = ids(items).filter((id) => {
      const item = find(items, id)
      return (item?.kind === 'check' || item?.kind === 'radio') && item.checked
    })
    expect(ticked).toEqual(['upstream:OpenAI', 'reach:network', 'launch-at-login', 'language:en'])
  })
})
