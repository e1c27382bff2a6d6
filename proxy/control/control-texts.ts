/** What the control plane says when it refuses or fails, by code. `{name}` is filled from the params. Pure. */

export type ControlTextKey = keyof typeof texts

export type ControlTextParams = Readonly<Record<string, string | number>>

export function controlText(key: ControlTextKey, language: 'zh' | 'en', params: ControlTextParams = {}): string {
  return texts[key][language].replaceAll(/\{(\w+)\}/g, (_, name: string) => String(params[name] ?? ''))
}

const texts = {
  // Who may call
  unauthorized: {
    zh: '控制台令牌缺失或错误。令牌在数据目录的 console-token 文件中。',
    en: 'The console token is missing or wrong. It lies in the file console-token of the data folder.',
  },
  host_not_allowed: {
    zh: '不允许以此主机名打开控制台。请用 localhost 或 IP 地址，或将其加入 server.console.allowed_hosts。',
    en: 'The console may not be opened under this host name. Use localhost or an IP address, or add it to server.console.allowed_hosts.',
  },
  origin_not_allowed: {
    zh: '请求来自其他网页来源，已拒绝。',
    en: 'The call comes from a page of another origin and was refused.',
  },
  console_off: {
    zh: '控制台未开启。监听地址超出本机时，需设置 server.console.enabled: true。',
    en: 'The console is off. Beyond this computer it is on only with server.console.enabled: true.',
  },
  bad_content_type: {
    zh: '请求体必须是 application/json。',
    en: 'The body must be application/json.',
  },
  too_large: { zh: '请求体超过 12 MB。', en: 'The body is over 12 MB.' },
  bad_json: { zh: '请求体不是有效的 JSON。', en: 'The body is not valid JSON.' },
  unknown_url: { zh: '没有这个地址。', en: 'There is no such address.' },

  // Calls
  unknown_method: { zh: '没有方法 "{method}"。', en: 'There is no method "{method}".' },
  bad_arguments: { zh: '{method} 的参数不正确：{problem}', en: 'Wrong arguments for {method}: {problem}' },
  internal_error: {
    zh: '内部错误，原因见日志。',
    en: 'Something went wrong inside. The log has the reason.',
  },
  request_unknown: {
    zh: '没有这个请求，可能已从日志中移除。',
    en: 'There is no such request; it may have left the log.',
  },
  body_not_kept: {
    zh: '没有保留此请求的请求体。打开 server.log.bodies 后的请求才能重放。',
    en: 'The body of this request was not kept. Requests can be replayed while server.log.bodies is on.',
  },
  curl_body: {
    zh: '请求体没有保存（见 server.log.bodies）：请自行写入 body.json。',
    en: 'The body was not kept (see server.log.bodies): put it into body.json.',
  },
  not_listening: { zh: '引擎没有在监听。', en: 'The engine is not listening.' },
  project_unknown: {
    zh: '没有项目 "{project}"，或它已停用。',
    en: 'There is no project "{project}", or it is disabled.',
  },
  key_unknown: { zh: '没有这个密钥。', en: 'There is no such key.' },
  key_env_missing: {
    zh: '环境变量 {name} 未设置，密钥为空。',
    en: 'The environment variable {name} is not set, so there is no key.',
  },
  backup_unknown: { zh: '没有这个备份。', en: 'There is no such backup.' },
  config_unreadable: {
    zh: '配置不是有效的 YAML，请在编辑器中修正。',
    en: 'The config is not valid YAML: mend it in the editor.',
  },

  // Saving
  masked_secret: {
    zh: '其中有被遮盖的密钥（…）。请输入完整的值，或不要修改它。',
    en: 'It holds a masked secret (…). Enter the whole value, or leave that setting alone.',
  },
  edit_not_found: {
    zh: '要修改的设置已不存在，请重新加载页面。',
    en: 'The setting to change is not there any more. Load the page again.',
  },
  edit_exists: { zh: '这个名称已存在。', en: 'This name exists already.' },
  edit_unsupported: {
    zh: '配置文件的写法无法安全地自动修改，请在编辑器中修改。',
    en: 'The file is written in a way that cannot be changed safely here. Change it in the editor.',
  },

  // Tests of upstreams
  url_scheme: { zh: '地址必须以 http:// 或 https:// 开头。', en: 'The address must begin with http:// or https://.' },
  url_credentials: {
    zh: '地址中不能包含用户名或密码。',
    en: 'The address must not hold a user name or password.',
  },
  url_invalid: { zh: '这不是有效的地址。', en: 'This is not an address.' },
  host_unknown: { zh: '找不到主机 {host}（{code}）。', en: 'The host {host} is not known ({code}).' },
  connection_refused: {
    zh: '{host} 拒绝连接（{code}）：那里没有程序在监听。',
    en: '{host} refuses the connection ({code}): nothing listens there.',
  },
  tls_failed: {
    zh: '与 {host} 的加密连接失败（{code}）：证书不受信任或地址不是 HTTPS。',
    en: 'The encrypted connection to {host} failed ({code}): its certificate is not trusted, or it speaks no HTTPS.',
  },
  ca_file_unreadable: {
    zh: '无法读取 server.ca_file 指定的证书文件（{code}），因此无法连接任何上游。',
    en: 'The file of server.ca_file cannot be read ({code}), so no upstream can be reached.',
  },
  timed_out: { zh: '{host} 在 {seconds} 秒内没有回答。', en: '{host} did not answer within {seconds} s.' },
  connection_failed: { zh: '无法连接 {host}（{code}）。', en: '{host} cannot be reached ({code}).' },
  not_an_api: {
    zh: '{host} 的回答不是 JSON：这个地址可能是网页，不是 API。',
    en: 'The answer of {host} is not JSON: this may be the address of a page, not of the API.',
  },
  redirected: {
    zh: '{host} 转向其他地址，不会跟随。请直接填写最终地址。',
    en: '{host} redirects to another address, which is never followed. Enter the final address itself.',
  },
} as const satisfies Record<string, { readonly zh: string; readonly en: string }>
