/** The tray's menu as data: what it shows and what each entry does. Pure; `tray.ts` hands it to Electron. */
import type { DesktopState, EngineStatus } from '../proxy/contract.ts'
import type { Language } from '../proxy/log-texts.ts'
import type { RecentError } from './recent-errors.ts'
import { shellText } from './texts.ts'
import { statusLine } from './tray-state.ts'

export interface TrayView {
  readonly status: EngineStatus
  readonly desktop: DesktopState
  /** Newest first. */
  readonly recentErrors: readonly RecentError[]
  readonly language: Language
  /** What the config says; null when it follows the system. */
  readonly configuredLanguage: Language | null
}

export type Reach = 'this-computer' | 'network'

export type TrayAction =
  | { readonly do: 'open-console'; readonly href: string | null }
  | { readonly do: 'copy'; readonly text: string }
  | { readonly do: 'copy-project-key'; readonly project: string }
  | { readonly do: 'start' | 'stop' | 'restart' | 'retry' | 'open-config' | 'quit' }
  | { readonly do: 'use-next-port'; readonly save: boolean }
  | { readonly do: 'set-upstream'; readonly name: string; readonly on: boolean }
  | { readonly do: 'set-reach'; readonly reach: Reach }
  | { readonly do: 'set-launch-at-login'; readonly on: boolean }
  | { readonly do: 'set-language'; readonly language: Language | null }

/** `id` names an entry for tests and stays the same; `label` is what the user reads. */
export type TrayItem =
  | { readonly kind: 'separator' }
  | { readonly kind: 'text'; readonly id: string; readonly label: string }
  | {
      readonly kind: 'action'
      readonly id: string
      readonly label: string
      readonly enabled: boolean
      readonly action: TrayAction
    }
  | {
      readonly kind: 'check' | 'radio'
      readonly id: string
      readonly label: string
      readonly enabled: boolean
      readonly checked: boolean
      readonly action: TrayAction
    }
  | { readonly kind: 'submenu'; readonly id: string; readonly label: string; readonly items: readonly TrayItem[] }

export function trayMenu(view: TrayView): readonly TrayItem[] {
  const { status, desktop, language } = view
  const isRunning = status.state === 'running'
  const isBusy = status.state === 'starting' || status.state === 'stopping'
  const baseUrl = status.listening?.baseUrl ?? ''
  return [
    { kind: 'text', id: 'status', label: statusLine(status, desktop.portConflict, language) },
    separator,
    action('open-console', shellText(language, 'openConsole'), { do: 'open-console', href: null }),
    action('copy-base-url', shellText(language, 'copyBaseUrl'), { do: 'copy', text: baseUrl }, baseUrl !== ''),
    ...projectKeys(view),
    separator,
    ...portChoices(view),
    ...(status.state === 'failed' ? [action('retry', shellText(language, 'retry'), { do: 'retry' })] : []),
    isRunning || status.state === 'stopping'
      ? action('stop', shellText(language, 'stop'), { do: 'stop' }, !isBusy)
      : action('start', shellText(language, 'start'), { do: 'start' }, !isBusy),
    action('restart', shellText(language, 'restart'), { do: 'restart' }, isRunning),
    separator,
    ...upstreamSwitches(view),
    recentErrorsMenu(view),
    action('open-config', shellText(language, 'openConfig'), { do: 'open-config' }),
    separator,
    reachMenu(view),
    {
      kind: 'check',
      id: 'launch-at-login',
      label: shellText(language, 'launchAtLogin'),
      enabled: true,
      checked: desktop.launchAtLogin,
      action: { do: 'set-launch-at-login', on: !desktop.launchAtLogin },
    },
    languageMenu(view),
    separator,
    action('quit', shellText(language, 'quit'), { do: 'quit' }),
  ]
}

function projectKeys({ status, language }: TrayView): readonly TrayItem[] {
  const items = status.projects
    .filter(({ enabled }) => enabled)
    .map(({ name }) => action(`copy-api-key:${name}`, name, { do: 'copy-project-key', project: name }))
  if (items.length === 0) return []
  return [{ kind: 'submenu', id: 'copy-api-key', label: shellText(language, 'copyApiKey'), items }]
}

/** What to do about a taken port, as long as there is a free one to offer. */
function portChoices({ desktop, language }: TrayView): readonly TrayItem[] {
  const port = desktop.portConflict?.nextFree ?? null
  if (port === null) return []
  return [
    action('use-next-port', shellText(language, 'useNextPort', { port }), { do: 'use-next-port', save: false }),
    action('use-next-port-save', shellText(language, 'useNextPortSave', { port }), { do: 'use-next-port', save: true }),
  ]
}

function upstreamSwitches({ status, language }: TrayView): readonly TrayItem[] {
  if (status.upstreams.length === 0) return []
  const items = status.upstreams.map(({ name, enabled }): TrayItem => ({
    kind: 'check',
    id: `upstream:${name}`,
    label: name,
    enabled: true,
    checked: enabled,
    action: { do: 'set-upstream', name, on: !enabled },
  }))
  return [{ kind: 'submenu', id: 'upstreams', label: shellText(language, 'upstreams'), items }]
}

function recentErrorsMenu({ recentErrors, language }: TrayView): TrayItem {
  const items = recentErrors.map(({ id, at, model, status, reason }): TrayItem => {
    const label = [clockTime(at), model ?? '–', status ?? '', reason].filter((part) => part !== '').join('  ')
    return action(`recent-error:${id}`, label, {
      do: 'open-console',
      href: `#/requests/${encodeURIComponent(id)}`,
    })
  })
  const none: TrayItem = { kind: 'text', id: 'recent-errors:none', label: shellText(language, 'noRecentErrors') }
  return {
    kind: 'submenu',
    id: 'recent-errors',
    label: shellText(language, 'recentErrors'),
    items: items.length > 0 ? items : [none],
  }
}

function reachMenu({ status, language }: TrayView): TrayItem {
  const { listening } = status
  const choice = (reach: Reach, label: string): TrayItem => ({
    kind: 'radio',
    id: `reach:${reach}`,
    label,
    enabled: listening !== null,
    checked: listening !== null && listening.beyondLoopback === (reach === 'network'),
    action: { do: 'set-reach', reach },
  })
  return {
    kind: 'submenu',
    id: 'reach',
    label: shellText(language, 'reach'),
    items: [
      choice('this-computer', shellText(language, 'reachThisComputer')),
      choice('network', shellText(language, 'reachNetwork')),
    ],
  }
}

function languageMenu({ language, configuredLanguage }: TrayView): TrayItem {
  const choice = (id: string, label: string, value: Language | null): TrayItem => ({
    kind: 'radio',
    id: `language:${id}`,
    label,
    enabled: true,
    checked: configuredLanguage === value,
    action: { do: 'set-language', language: value },
  })
  return {
    kind: 'submenu',
    id: 'language',
    label: shellText(language, 'language'),
    items: [
      choice('zh', shellText(language, 'languageZh'), 'zh'),
      choice('en', shellText(language, 'languageEn'), 'en'),
      choice('system', shellText(language, 'languageSystem'), null),
    ],
  }
}

/** Hours and minutes of the day, local time: 09:05. */
function clockTime(at: number): string {
  const time = new Date(at)
  return [time.getHours(), time.getMinutes()].map((part) => String(part).padStart(2, '0')).join(':')
}

const separator: TrayItem = { kind: 'separator' }

function action(id: string, label: string, does: TrayAction, enabled = true): TrayItem {
  return { kind: 'action', id, label, enabled, action: does }
}
