/**
 * What the engine says in its log and at the terminal, in Chinese and English. `{name}` is filled from the params;
 * the compiler knows which each text needs. Pure: no clock, no file.
 */

export type Language = 'zh' | 'en'

export type TextKey = keyof typeof texts

/** The text of `key` with its `{name}` filled in. */
export function text<Key extends TextKey>(language: Language, key: Key, ...[params]: ParamsOf<Key>): string {
  // Safe: a text takes either no params or an object of numbers and strings.
  const values = (params ?? {}) as Readonly<Record<string, string | number>>
  return texts[key][language].replaceAll(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''))
}

export const texts = {
  // Start
  starting: { zh: 'AI Proxy {version} 启动中...', en: 'Starting AI Proxy {version}...' },
  readyBaseUrl: { zh: '已就绪，接口地址：{url}', en: 'Ready. Base URL: {url}' },
  readyConfig: { zh: '配置文件：{path}', en: 'Config file: {path}' },
  readyDataFolder: { zh: '数据目录：{path}', en: 'Data folder: {path}' },
  readyConsole: { zh: '控制台：{url}', en: 'Console: {url}' },
  consoleToken: { zh: '控制台令牌在 {path}', en: 'The token for the console lies in {path}' },
  loopbackOnly: {
    zh: '仅本机可访问。要对局域网开放，请设置 server.port 为 "0.0.0.0:{port}"，或以 --host 0.0.0.0 启动。',
    en: 'Only this computer can connect. To open it to others set server.port to "0.0.0.0:{port}", or start with --host 0.0.0.0.',
  },
  beyondLoopback: {
    zh: '其他设备可访问：{addresses}。请妥善保管项目密钥。',
    en: 'Other devices can connect: {addresses}. Keep the project keys safe.',
  },
  noProject: {
    zh: '还没有项目，所有请求都会得到 401。请在 config.yaml 的 project_auth 中添加 project_name、api_key 和 allowed_models。',
    en: 'There is no project yet, so every request gets 401. Add project_name, api_key and allowed_models to project_auth in config.yaml.',
  },
  firstStart: {
    zh: '首次启动：已创建配置文件 {path}，并生成了新的项目密钥。',
    en: 'First start: created the config file {path} with a fresh project key.',
  },
  firstKey: {
    zh: '项目密钥（仅在此显示一次，也写在配置文件中）：{key}',
    en: 'Project key (shown only this once, it stands in the config file too): {key}',
  },

  // Config
  configChanged: { zh: '配置文件变更，重载中...', en: 'The config file has changed, reloading...' },
  configReloading: { zh: '重载配置中...', en: 'Reloading the config...' },
  configLoaded: { zh: '加载成功', en: 'Loaded' },
  configUnchanged: { zh: '内容未变，无需重载', en: 'Same content, nothing to reload' },
  dataFolderUnusable: {
    zh: '无法使用数据目录 {path}（{reason}）。请检查其权限，或用 --data 指定其他目录。',
    en: 'The data folder {path} cannot be used ({reason}). Check its permissions, or give another one with --data.',
  },
  configRejected: {
    zh: '配置无效（{count} 处错误），继续使用上一份有效配置',
    en: 'The config is not valid (errors: {count}). The last good one stays in use',
  },
  configInvalid: {
    zh: '配置无效（{count} 处错误），无法启动：{path}',
    en: 'The config is not valid (errors: {count}), cannot start: {path}',
  },
  configProblemAt: { zh: '第 {line} 行第 {column} 列：{message}', en: 'Line {line}, column {column}: {message}' },
  configMissing: {
    zh: '找不到配置文件 {path}，继续使用上一份有效配置',
    en: 'The config file {path} is gone. The last good config stays in use',
  },
  configUnreadable: { zh: '无法读取配置文件 {path}：{reason}', en: 'Cannot read the config file {path}: {reason}' },

  // Listener
  listenerMoved: { zh: '监听地址已改为 {to}（原为 {from}）', en: 'Now listening on {to} (before: {from})' },
  portInUse: {
    zh: '端口 {port} 已被占用。请关闭占用它的程序，或修改 server.port（也可用 --port 启动）。',
    en: 'Port {port} is in use. Close the program that holds it, or change server.port (or start with --port).',
  },
  portNotPermitted: {
    zh: '没有权限监听端口 {port}。请改用 1024 以上的端口（server.port 或 --port）。',
    en: 'Not permitted to listen on port {port}. Use a port above 1024 (server.port or --port).',
  },
  portReserved: {
    zh: '端口 {port} 被 Windows 保留或禁止使用。用 "netsh interface ipv4 show excludedportrange protocol=tcp" 查看保留范围，并改用其他端口。',
    en: 'Port {port} is reserved by Windows. See "netsh interface ipv4 show excludedportrange protocol=tcp" and use another port.',
  },
  addressNotAvailable: {
    zh: '本机没有地址 {host}。请检查 server.port 中的主机部分或 --host。',
    en: 'This computer has no address {host}. Check the host in server.port, or --host.',
  },
  listenFailed: { zh: '无法监听 {address}：{reason}', en: 'Cannot listen on {address}: {reason}' },

  // Stop
  stopping: { zh: '正在停止...', en: 'Stopping...' },
  draining: {
    zh: '等待 {count} 个进行中的请求结束（最多 {seconds} 秒，再按一次立即退出）',
    en: 'Waiting for running requests: {count} (at most {seconds} s; a second signal ends at once)',
  },
  stopped: { zh: '已停止', en: 'Stopped' },
  secondSignal: { zh: '再次收到信号，立即退出', en: 'Second signal, ending at once' },

  // Keys and upstreams
  keyPaused: {
    zh: '{upstream} 的密钥 {key} 暂停使用，至 {until}',
    en: 'Key {key} of {upstream} is paused until {until}',
  },
  keyPausedForModel: {
    zh: '{upstream} 的密钥 {key} 对模型 {model} 暂停使用，至 {until}',
    en: 'Key {key} of {upstream} is paused for {model} until {until}',
  },
  keyRefused: {
    zh: '{upstream} 拒绝了密钥 {key}，已停用，请检查或更换',
    en: '{upstream} refuses the key {key}. It is out of use: check or replace it',
  },
  keyExhausted: {
    zh: '{upstream} 的密钥 {key} 余额或额度已用尽，暂停至 {until}',
    en: 'Key {key} of {upstream} is out of credit, paused until {until}',
  },
  keyRecovered: { zh: '{upstream} 的密钥 {key} 已恢复', en: 'Key {key} of {upstream} works again' },
  keyRecoveredForModel: {
    zh: '{upstream} 的密钥 {key} 对模型 {model} 已恢复',
    en: 'Key {key} of {upstream} works again for {model}',
  },
  modelUnavailable: {
    zh: '模型 {model} 暂时没有可用的密钥，预计 {until} 恢复',
    en: 'No key is left for {model}. Expected back at {until}',
  },
  modelUnavailableOpen: { zh: '模型 {model} 已没有可用的密钥', en: 'No key is left for {model}' },
  unknownTime: { zh: '未知时间', en: 'an unknown time' },
  offline: {
    zh: '所有上游都无法连接，网络可能已断开；不计入任何上游的失败',
    en: 'No upstream can be reached, the network seems to be down. No upstream is blamed',
  },
  online: { zh: '网络已恢复', en: 'The network is back' },

  // Notices
  noticeConfigRejected: {
    zh: '配置文件有错误，继续使用上一份有效配置',
    en: 'The config file has errors. The last good config stays in use',
  },
  noticeRepeated: { zh: '{message}（又发生 {count} 次）', en: '{message} (repeated: {count})' },
  noticeTest: { zh: '这是 AI Proxy 的测试通知', en: 'This is a test notice of AI Proxy' },
  webhookFailed: { zh: '通知未能送达 {host}：{reason}', en: 'The notice could not be delivered to {host}: {reason}' },
  webhookUrlInvalid: {
    zh: '通知地址无效：server.notification_webhook 应以 http:// 或 https:// 开头',
    en: 'The webhook URL is not valid: server.notification_webhook starts with http:// or https://',
  },
  webhookDropped: { zh: '通知队列已满，丢弃 {count} 条', en: 'Too many notices are waiting, dropped: {count}' },
} as const satisfies Record<string, Readonly<Record<Language, string>>>

type NamesIn<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | NamesIn<Rest> : never

type ParamsOf<Key extends TextKey> = [NamesIn<(typeof texts)[Key]['en']>] extends [never]
  ? []
  : [params: Readonly<Record<NamesIn<(typeof texts)[Key]['en']>, string | number>>]
