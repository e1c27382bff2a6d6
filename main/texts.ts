/** The shell's own words: tray, dialogs, native notices. Chinese and English; `{name}` is filled from the params. Pure. */
import type { Language } from '../proxy/log-texts.ts'

export type ShellTextKey = keyof typeof texts

/** The text of `key` with its `{name}` filled in. */
export function shellText<Key extends ShellTextKey>(language: Language, key: Key, ...[params]: ParamsOf<Key>): string {
  // Safe: a text takes either no params or an object of numbers and strings.
  const values = (params ?? {}) as Readonly<Record<string, string | number>>
  return texts[key][language].replaceAll(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''))
}

const texts = {
  // Status line and tooltip
  starting: { zh: '启动中', en: 'Starting' },
  stopping: { zh: '停止中', en: 'Stopping' },
  stopped: { zh: '已停止', en: 'Stopped' },
  running: { zh: '运行中 · {url}', en: 'Running · {url}' },
  failed: { zh: '未运行：{reason}', en: 'Not running: {reason}' },
  portTaken: { zh: '未运行：端口 {port} 被占用', en: 'Not running: port {port} is in use' },
  portTakenBy: {
    zh: '未运行：端口 {port} 被 {holder} 占用',
    en: 'Not running: port {port} is in use by {holder}',
  },
  configRejected: {
    zh: '配置有错误，仍用上一份有效配置',
    en: 'Config has errors, the last good one is in use',
  },
  noProject: { zh: '还没有项目，所有请求都会被拒绝', en: 'No project yet, every call is refused' },
  upstreamsTroubled: {
    zh: '{total} 个上游中 {count} 个有问题',
    en: 'Upstreams with a problem: {count} of {total}',
  },
  allUpstreamsTroubled: { zh: '没有可用的上游', en: 'No upstream is usable' },

  // Menu
  openConsole: { zh: '打开控制台', en: 'Open console' },
  copyBaseUrl: { zh: '复制基础地址', en: 'Copy base URL' },
  copyApiKey: { zh: '复制 API 密钥', en: 'Copy API key' },
  start: { zh: '启动', en: 'Start' },
  stop: { zh: '停止', en: 'Stop' },
  restart: { zh: '重新启动', en: 'Restart' },
  retry: { zh: '重试', en: 'Retry' },
  useNextPort: { zh: '本次改用端口 {port}', en: 'Use port {port} this time' },
  useNextPortSave: { zh: '改用端口 {port} 并保存', en: 'Use port {port} and save it' },
  upstreams: { zh: '上游', en: 'Upstreams' },
  recentErrors: { zh: '最近的错误', en: 'Recent errors' },
  noRecentErrors: { zh: '没有', en: 'None' },
  openConfig: { zh: '打开 config.yaml', en: 'Open config.yaml' },
  reach: { zh: '谁可以连接', en: 'Who can connect' },
  reachThisComputer: { zh: '仅本机', en: 'This computer' },
  reachNetwork: { zh: '本机、局域网和 WSL', en: 'Also LAN and WSL' },
  launchAtLogin: { zh: '登录时启动', en: 'Launch at login' },
  language: { zh: '语言', en: 'Language' },
  languageZh: { zh: '中文', en: '中文' },
  languageEn: { zh: 'English', en: 'English' },
  languageSystem: { zh: '跟随系统', en: 'As the system' },
  quit: { zh: '退出', en: 'Quit' },

  // Menu bar of macOS, in the system's own words
  menuAbout: { zh: '关于 AI Proxy', en: 'About AI Proxy' },
  menuServices: { zh: '服务', en: 'Services' },
  menuHide: { zh: '隐藏 AI Proxy', en: 'Hide AI Proxy' },
  menuHideOthers: { zh: '隐藏其他', en: 'Hide Others' },
  menuShowAll: { zh: '全部显示', en: 'Show All' },
  menuQuit: { zh: '退出 AI Proxy', en: 'Quit AI Proxy' },
  menuEdit: { zh: '编辑', en: 'Edit' },
  menuUndo: { zh: '撤销', en: 'Undo' },
  menuRedo: { zh: '重做', en: 'Redo' },
  menuCut: { zh: '剪切', en: 'Cut' },
  menuCopy: { zh: '拷贝', en: 'Copy' },
  menuPaste: { zh: '粘贴', en: 'Paste' },
  menuSelectAll: { zh: '全选', en: 'Select All' },
  menuWindow: { zh: '窗口', en: 'Window' },
  menuMinimize: { zh: '最小化', en: 'Minimize' },
  menuZoom: { zh: '缩放', en: 'Zoom' },
  menuClose: { zh: '关闭窗口', en: 'Close Window' },
  menuFront: { zh: '前置全部窗口', en: 'Bring All to Front' },

  // Native notices
  noticeTitle: { zh: 'AI Proxy', en: 'AI Proxy' },
  manyNotices: { zh: 'AI Proxy：{count} 条通知', en: 'AI Proxy: {count} notices' },
  moreNotices: { zh: '另有 {count} 条', en: 'and {count} more' },
  staysInTray: {
    zh: 'AI Proxy 仍在托盘中运行。可从托盘菜单退出。',
    en: 'AI Proxy keeps running in the tray. Quit it from the tray menu.',
  },
  staysInMenuBar: {
    zh: 'AI Proxy 仍在菜单栏中运行。可从菜单栏图标退出。',
    en: 'AI Proxy keeps running in the menu bar. Quit it from its icon there.',
  },
  actionFailed: { zh: '操作未完成：{reason}', en: 'That did not work: {reason}' },
  wouldNotApply: { zh: '配置未能保存或生效', en: 'the config could not be saved or put to work' },
  changedMeanwhile: { zh: '配置文件刚被修改，请重试', en: 'the config file has just changed, try again' },
  noSuchUpstream: { zh: '配置中没有上游 {name}', en: 'the config has no upstream {name}' },
  noPortConflict: { zh: '端口没有被占用', en: 'the port is not in use by anybody else' },
  noFreePort: { zh: '找不到可用端口', en: 'no free port was found' },
  linkRefused: { zh: '该地址不能打开', en: 'this address is not opened' },

  // Window and dialogs
  windowReplaced: {
    zh: '控制台窗口已失去响应（{reason}），正在重新打开',
    en: 'The console window failed ({reason}) and is opened again',
  },
  unsavedTitle: { zh: '放弃未保存的修改？', en: 'Discard unsaved changes?' },
  unsavedText: { zh: '控制台中有尚未保存的修改。', en: 'The console has changes that are not saved.' },
  discard: { zh: '放弃', en: 'Discard' },
  stay: { zh: '返回', en: 'Go back' },
  exportTitle: { zh: '导出诊断信息', en: 'Export diagnostics' },
  refusedCall: { zh: '拒绝了来自 {url} 的调用', en: 'Refused a call from {url}' },
  resumed: { zh: '系统已从睡眠恢复，重新连接上游', en: 'Back from sleep: connecting to the upstreams again' },
  listenAgain: { zh: '恢复后无法访问自身，重新监听', en: 'Not reachable after sleep: listening again' },
} as const satisfies Record<string, Readonly<Record<Language, string>>>

type NamesIn<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | NamesIn<Rest> : never

type ParamsOf<Key extends ShellTextKey> = [NamesIn<(typeof texts)[Key]['en']>] extends [never]
  ? []
  : [params: Readonly<Record<NamesIn<(typeof texts)[Key]['en']>, string | number>>]
