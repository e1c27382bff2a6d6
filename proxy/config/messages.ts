/**
 * The words for every diagnostic code, in English and Chinese: what is wrong and what to do. They may name settings,
 * upstreams, projects, aliases and environment variables, never a secret and never a line of the file.
 */

interface Wording {
  readonly en: string
  readonly zh: string
}

// `{name}` stands for a parameter of the diagnostic.
const wordings = {
  // The file as a whole.
  file_missing: {
    en: 'There is no config at {path}. Create it, or give another path with --config.',
    zh: '找不到配置文件 {path}。请创建该文件，或用 --config 指定其他路径。',
  },
  file_unreadable: {
    en: 'The config at {path} cannot be read ({reason}). Check its permissions.',
    zh: '无法读取配置文件 {path}（{reason}）。请检查权限。',
  },
  file_is_folder: {
    en: '{path} is a folder, not a config file. With Docker this happens when the file did not exist as the container was started: create it, then start again.',
    zh: '{path} 是文件夹而不是配置文件。在 Docker 中，启动容器时文件不存在就会这样：请先创建文件再启动。',
  },
  file_not_utf8: {
    en: 'The config at {path} is not UTF-8 text. Save it again with the encoding UTF-8.',
    zh: '配置文件 {path} 不是 UTF-8 编码。请用 UTF-8 编码重新保存。',
  },
  file_too_large: {
    en: 'The config at {path} is larger than 10 MB. Is it the right file?',
    zh: '配置文件 {path} 超过 10 MB。请确认路径是否正确。',
  },
  config_empty: {
    en: 'The config is empty. Add at least server, upstreams and project_auth.',
    zh: '配置为空。至少需要 server、upstreams 和 project_auth。',
  },
  config_not_mapping: {
    en: 'The config must consist of the sections server, upstreams and project_auth, each followed by a colon.',
    zh: '配置应由 server、upstreams、project_auth 几个部分组成，每个名称后跟冒号。',
  },

  // Writing the file.
  save_permission: {
    en: 'The config cannot be written: permission denied. Check who owns the file and its folder.',
    zh: '无法写入配置：权限不足。请检查文件及其文件夹的所有者和权限。',
  },
  save_read_only: {
    en: 'The config cannot be written: it lies on a read-only file system or mount.',
    zh: '无法写入配置：它位于只读的文件系统或挂载上。',
  },
  save_no_space: {
    en: 'The config cannot be written: no space is left on the disk. The file is unchanged.',
    zh: '无法写入配置：磁盘空间不足。文件未改变。',
  },
  save_busy: {
    en: 'The config cannot be written: another program holds the file. Close it there and save again.',
    zh: '无法写入配置：文件正被其他程序占用。请关闭后重试。',
  },
  save_missing_folder: {
    en: 'The config cannot be written: its folder does not exist.',
    zh: '无法写入配置：所在文件夹不存在。',
  },
  save_backup: {
    en: 'Nothing was written, because no backup could be made ({reason}). Check the data folder.',
    zh: '无法创建备份（{reason}），因此未写入。请检查数据文件夹。',
  },
  save_failed: {
    en: 'The config cannot be written ({reason}).',
    zh: '无法写入配置（{reason}）。',
  },

  // YAML.
  yaml_tab: {
    en: 'A tab is used for indentation. YAML wants spaces: replace it by two spaces for each level.',
    zh: '缩进使用了制表符（Tab）。YAML 只允许空格：请改为每级两个空格。',
  },
  yaml_indent: {
    en: 'The indentation does not fit. Entries of one level must begin in the same column.',
    zh: '缩进不对。同一级的条目必须从同一列开始。',
  },
  yaml_bracket: {
    en: 'A bracket that was opened before is not closed. Add the missing ] or }.',
    zh: '前面的括号没有闭合。请补上缺少的 ] 或 }。',
  },
  yaml_quote: {
    en: 'A quotation mark that was opened before is not closed.',
    zh: '前面的引号没有闭合。',
  },
  yaml_comma: {
    en: 'A comma is missing between two entries of a list.',
    zh: '列表的两个条目之间缺少逗号。',
  },
  yaml_missing_colon: {
    en: 'A colon with a space behind it is missing between a name and its value.',
    zh: '名称和值之间缺少冒号，或冒号后缺少空格。',
  },
  yaml_nested_mapping: {
    en: 'There are two "name: value" on one line. Put a value that holds a colon in quotes, and each setting on a line of its own.',
    zh: '一行中有两个“名称: 值”。含冒号的值请加引号，每个设置单独一行。',
  },
  yaml_scalar_start: {
    en: 'A value may not begin with this character. Put it in quotes.',
    zh: '值不能以这个字符开头。请加引号。',
  },
  yaml_escape: {
    en: 'A backslash in double quotes begins an unknown escape. Use single quotes, or write it twice.',
    zh: '双引号中的反斜杠不是有效的转义。请改用单引号，或写成两个反斜杠。',
  },
  yaml_unknown_anchor: {
    en: 'A value that begins with * refers to an anchor that does not exist. For every model or a pattern put it in quotes: "*".',
    zh: '以 * 开头的值引用了不存在的锚点。如果表示全部模型或模式，请加引号："*"。',
  },
  yaml_too_many_aliases: {
    en: 'Anchors refer to each other too deeply or too often. Write the values out.',
    zh: '锚点互相引用过深或过多。请直接写出值。',
  },
  yaml_duplicate_key: {
    en: 'This name stands here for the second time. Keep one of the two.',
    zh: '这个名称在此处重复出现。请只保留一个。',
  },
  yaml_multiple_documents: {
    en: 'A second document begins here ("---"). A config is one document: remove this line.',
    zh: '这里开始了第二个文档（"---"）。配置只能是一个文档：请删除这一行。',
  },
  yaml_tag: {
    en: 'The tag (a word that begins with "!") is not known and is ignored.',
    zh: '未知的标签（以 "!" 开头的词），已忽略。',
  },
  yaml_syntax: {
    en: 'This is not valid YAML. Check quotes, brackets, colons and indentation on this line and the one above.',
    zh: 'YAML 语法错误。请检查此行及上一行的引号、括号、冒号和缩进。',
  },

  // Names of settings.
  unknown_key: {
    en: 'There is no setting "{key}" here; it is ignored.',
    zh: '这里没有名为 "{key}" 的设置，已忽略。',
  },
  unknown_key_similar: {
    en: 'There is no setting "{key}" here; it is ignored. Is "{known}" meant?',
    zh: '这里没有名为 "{key}" 的设置，已忽略。是否想写 "{known}"？',
  },
  unknown_key_misplaced: {
    en: '"{key}" is ignored here: it belongs under "{section}". Check the indentation.',
    zh: '"{key}" 放错了位置，已忽略：它应放在 "{section}" 之下。请检查缩进。',
  },
  unknown_key_top_level: {
    en: '"{key}" is ignored here: it belongs at the top level, without indentation.',
    zh: '"{key}" 放错了位置，已忽略：它应放在最外层，不要缩进。',
  },
  missing_setting: {
    en: '"{key}" is missing here. Add it.',
    zh: '此处缺少 "{key}"。请补上。',
  },
  empty_setting: {
    en: '"{key}" has no value. Fill it in.',
    zh: '"{key}" 没有值。请填写。',
  },

  // Kinds of values.
  not_text: { en: '"{key}" must be a text.', zh: '"{key}" 必须是文本。' },
  empty_text: { en: '"{key}" may not be empty. Fill it in, or remove it.', zh: '"{key}" 不能为空。请填写或删除。' },
  not_a_number: {
    en: '"{key}" must be a number, without a unit.',
    zh: '"{key}" 必须是数字，不带单位。',
  },
  not_an_integer: { en: '"{key}" must be a whole number.', zh: '"{key}" 必须是整数。' },
  too_small: { en: '"{key}" must be {minimum} or more.', zh: '"{key}" 不能小于 {minimum}。' },
  too_big: { en: '"{key}" must be {maximum} or less.', zh: '"{key}" 不能大于 {maximum}。' },
  not_a_boolean: { en: '"{key}" must be true or false.', zh: '"{key}" 必须是 true 或 false。' },
  not_a_list: {
    en: '"{key}" must be a list: ["one", "two"], or one entry a line, each behind "- ".',
    zh: '"{key}" 必须是列表：["一", "二"]，或每行一个条目，以 "- " 开头。',
  },
  not_a_mapping: {
    en: '"{key}" must hold settings of its own, each as "name: value" on an indented line.',
    zh: '"{key}" 之下应是各项设置，每行缩进后写“名称: 值”。',
  },
  not_allowed_value: { en: '"{key}" must be one of: {allowed}.', zh: '"{key}" 只能是：{allowed}。' },

  // Forms of values.
  bad_port: {
    en: '"{key}" must be a port from 0 to 65535, with or without an address: ":8080", 8080, "127.0.0.1:8080", "0.0.0.0:8080" or "[::1]:8080".',
    zh: '"{key}" 必须是 0 到 65535 的端口，可带地址：":8080"、8080、"127.0.0.1:8080"、"0.0.0.0:8080" 或 "[::1]:8080"。',
  },
  bad_webhook: {
    en: 'The webhook must be an address that begins with http:// or https://.',
    zh: 'Webhook 必须是以 http:// 或 https:// 开头的地址。',
  },
  bad_alias_target: {
    en: 'The alias "{key}" must point at "upstream:model", at "model", or at a list of these.',
    zh: '别名 "{key}" 必须指向 "上游:模型"、"模型"，或由它们组成的列表。',
  },
  bad_origin: {
    en: 'An entry of "{key}" must be an origin such as "https://chat.example.com", without a path.',
    zh: '"{key}" 的条目必须是来源，例如 "https://chat.example.com"，不带路径。',
  },
  bad_trusted_proxy: {
    en: 'An entry of "{key}" must be an IP address or a network such as "10.0.0.0/8".',
    zh: '"{key}" 的条目必须是 IP 地址或网段，例如 "10.0.0.0/8"。',
  },
  bad_key: {
    en: 'A key must be a text, or { key, name, enabled }.',
    zh: '密钥必须是文本，或 { key, name, enabled }。',
  },
  bad_proxy: {
    en: 'The proxy must be an address that begins with http://, https:// or socks5://, or "direct".',
    zh: '代理必须是以 http://、https:// 或 socks5:// 开头的地址，或 "direct"。',
  },
  bad_header: {
    en: 'The header "{key}" holds characters that no header can carry, such as a line break or Chinese characters.',
    zh: '请求头 "{key}" 的值含有无法发送的字符，例如换行或中文。',
  },
  bad_header_name: {
    en: 'This is no name of a header: use letters, digits and hyphens.',
    zh: '这不是有效的请求头名称：请使用字母、数字和连字符。',
  },
  bad_path_prefix: {
    en: '"{key}" must be a path such as "/api/v1", without address, spaces, "?" or "#".',
    zh: '"{key}" 必须是路径，例如 "/api/v1"，不含地址、空格、"?" 或 "#"。',
  },
  bad_date: {
    en: '"{key}" must be a date such as 2027-01-31, or 2027-01-31T12:00:00Z.',
    zh: '"{key}" 必须是日期，例如 2027-01-31 或 2027-01-31T12:00:00Z。',
  },
  base_url_scheme: {
    en: 'The base_url must begin with https:// or http://.',
    zh: 'base_url 必须以 https:// 或 http:// 开头。',
  },
  base_url_invalid: {
    en: 'The base_url is not a valid address. It looks like "https://api.openai.com".',
    zh: 'base_url 不是有效地址。正确的形式如 "https://api.openai.com"。',
  },
  base_url_credentials: {
    en: 'The base_url may not hold a user name or password. Put the key under "keys".',
    zh: 'base_url 不能包含用户名或密码。请把密钥放在 "keys" 中。',
  },
  base_url_builtin: {
    en: 'There is only one upstream inside the program: "builtin:demo".',
    zh: '程序内置的上游只有 "builtin:demo"。',
  },

  // Across settings.
  no_upstreams: {
    en: 'There is no upstream, so no model can be served. Add one under "upstreams".',
    zh: '没有任何上游，无法提供模型。请在 "upstreams" 下添加。',
  },
  no_projects: {
    en: 'There is no project, so every request is refused (401). Add one with project_name, api_key and allowed_models under "project_auth".',
    zh: '没有任何项目，所有请求都会被拒绝（401）。请在 "project_auth" 下添加 project_name、api_key 和 allowed_models。',
  },
  upstream_duplicate: {
    en: 'A second upstream has the name "{upstream}". Give each its own name.',
    zh: '上游名称 "{upstream}" 重复。请为每个上游取不同的名称。',
  },
  models_empty: {
    en: 'The upstream "{upstream}" lists no models, so it is only asked as "{upstream}:model". Use ["*"] for all models.',
    zh: '上游 "{upstream}" 没有列出模型，只能通过 "{upstream}:模型" 使用。["*"] 表示全部模型。',
  },
  key_duplicate: {
    en: 'A key stands twice in the upstream "{upstream}". Remove one of the two.',
    zh: '上游 "{upstream}" 中有重复的密钥。请删除其中一个。',
  },
  key_placeholder: {
    en: 'A key of the upstream "{upstream}" is a placeholder and is not used. Put the real key in its place.',
    zh: '上游 "{upstream}" 的一个密钥是占位符，不会使用。请换成真实密钥。',
  },
  key_unsendable: {
    en: 'A key of the upstream "{upstream}" holds spaces or characters that no key has, and is not used. Paste it again.',
    zh: '上游 "{upstream}" 的一个密钥含有空格或不合法的字符，不会使用。请重新粘贴。',
  },
  project_duplicate: {
    en: 'A second project has the name "{project}". Give each its own name.',
    zh: '项目名称 "{project}" 重复。请为每个项目取不同的名称。',
  },
  project_key_duplicate: {
    en: 'The projects "{project}" and "{other}" have the same key. Give each its own.',
    zh: '项目 "{project}" 和 "{other}" 的密钥相同。请为每个项目使用不同的密钥。',
  },
  project_key_short: {
    en: 'The key of the project "{project}" is shorter than 8 characters and easy to guess. Use a longer one.',
    zh: '项目 "{project}" 的密钥少于 8 个字符，容易被猜到。请换成更长的密钥。',
  },
  project_key_placeholder: {
    en: 'The api_key of the project "{project}" is a placeholder, so the project is off. Put a long random text in its place.',
    zh: '项目 "{project}" 的 api_key 是占位符，因此该项目已停用。请换成一段足够长的随机文本。',
  },
  project_key_unsendable: {
    en: 'The api_key of the project "{project}" holds spaces or characters that clients cannot send, so the project is off. Use letters and digits.',
    zh: '项目 "{project}" 的 api_key 含有空格或客户端无法发送的字符，因此该项目已停用。请使用字母和数字。',
  },
  allowed_models_empty: {
    en: 'The project "{project}" may use no model: allowed_models is empty. Use ["*"] for all models.',
    zh: '项目 "{project}" 的 allowed_models 为空，不能使用任何模型。["*"] 表示全部模型。',
  },
  alias_empty: {
    en: 'The alias "{alias}" points at nothing. Add a target.',
    zh: '别名 "{alias}" 没有目标。请添加目标。',
  },
  alias_of_alias: {
    en: 'The alias "{alias}" points at "{target}", which is an alias itself. Point it at a model, or at "upstream:model".',
    zh: '别名 "{alias}" 指向的 "{target}" 本身也是别名。请指向模型或 "上游:模型"。',
  },
  alias_not_served: {
    en: 'The alias "{alias}" points at "{target}", which no upstream serves. Add it to an upstream\'s models, or check its name.',
    zh: '别名 "{alias}" 指向的 "{target}" 没有上游提供。请把它加入某个上游的 models，或检查名称。',
  },

  // The environment.
  env_missing_key: {
    en: 'The environment variable {name} is not set, so this key of the upstream "{upstream}" is not used. Set it and start again.',
    zh: '环境变量 {name} 未设置，因此上游 "{upstream}" 的这个密钥不会使用。请设置后重新启动。',
  },
  env_missing_project_key: {
    en: 'The environment variable {name} is not set, so this key of the project "{project}" does not work. Set it and start again.',
    zh: '环境变量 {name} 未设置，因此项目 "{project}" 的这个密钥无效。请设置后重新启动。',
  },
  env_missing_webhook: {
    en: 'The environment variable {name} is not set, so no notifications are sent. Set it and start again.',
    zh: '环境变量 {name} 未设置，因此不会发送通知。请设置后重新启动。',
  },
  env_missing_proxy: {
    en: 'The environment variable {name} of the proxy is not set, so the upstream "{upstream}" is off. Set it and start again.',
    zh: '代理所用的环境变量 {name} 未设置，因此上游 "{upstream}" 已停用。请设置后重新启动。',
  },
  env_missing_header: {
    en: 'The environment variable {name} is not set, so the upstream "{upstream}" is called without the header "{header}". Set it and start again.',
    zh: '环境变量 {name} 未设置，因此调用上游 "{upstream}" 时不带请求头 "{header}"。请设置后重新启动。',
  },
} satisfies Record<string, Wording>

export type DiagnosticCode = keyof typeof wordings

/** Every wording by its code, for the console's catalogue and its test. */
export const diagnosticTexts: Readonly<Record<DiagnosticCode, Wording>> = wordings

// Safe: the object is written above, so it has these keys and no others.
export const diagnosticCodes = Object.keys(wordings) as readonly DiagnosticCode[]

/** The wording of a diagnostic, its parameters filled in. A code without wording is shown as it is. */
export function diagnosticText(
  code: string,
  params: Readonly<Record<string, string | number>>,
  language: 'zh' | 'en',
): string {
  const wording = isDiagnosticCode(code) ? diagnosticTexts[code][language] : code
  return wording.replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole))
}

function isDiagnosticCode(code: string): code is DiagnosticCode {
  return Object.hasOwn(wordings, code)
}
