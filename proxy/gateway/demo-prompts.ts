/** Reads what the demo needs out of a request body, one function for each protocol. Lenient: what is odd is skipped. */

export type Fields = Readonly<Record<string, unknown>>

export interface DemoPrompt {
  /** Text of the last message: what is echoed. */
  readonly text: string
  /** Whose last message it was; after a tool's result no tool is called again. */
  readonly from: 'user' | 'tool'
  /** The tool to call: the one that the request insists on, else the first. */
  readonly tool: { readonly name: string; readonly schema: unknown } | null
  /** Characters of the whole input, for the token count. */
  readonly inputChars: number
  readonly maxTokens: number | null
  readonly stream: boolean
  /** Whether a chat stream ends with a usage chunk. */
  readonly includeUsage: boolean
}

export function readChat(body: Fields): DemoPrompt {
  const messages = listOf(body.messages)
  const last = messages.at(-1)
  const tools = listOf(body.tools).map((tool) => {
    const named = fieldsOf(tool.function)
    return { name: textOf(named.name), schema: named.parameters }
  })
  const choice = fieldsOf(fieldsOf(body.tool_choice).function).name
  return {
    text: textOf(last?.content),
    from: last?.role === 'tool' ? 'tool' : 'user',
    tool: pickTool(tools, body.tool_choice, choice),
    inputChars: charsOf(messages.map((message) => message.content)),
    maxTokens: numberOf(body.max_completion_tokens) ?? numberOf(body.max_tokens),
    stream: body.stream === true,
    includeUsage: fieldsOf(body.stream_options).include_usage === true,
  }
}

export function readCompletion(body: Fields): DemoPrompt {
  const text = textOf(body.prompt)
  return {
    text,
    from: 'user',
    tool: null,
    inputChars: text.length,
    maxTokens: numberOf(body.max_tokens),
    stream: body.stream === true,
    includeUsage: fieldsOf(body.stream_options).include_usage === true,
  }
}

export function readResponses(body: Fields): DemoPrompt {
  const items = typeof body.input === 'string' ? [{ role: 'user', content: body.input }] : listOf(body.input)
  const last: Fields | undefined = items.at(-1)
  const isResult = last?.type === 'function_call_output'
  const tools = listOf(body.tools)
    .filter((tool) => tool.type === 'function')
    .map((tool) => ({ name: textOf(tool.name), schema: tool.parameters }))
  const inputs = items.map((item: Fields) => item.content ?? item.output ?? item.arguments)
  return {
    text: textOf(isResult ? last.output : last?.content),
    from: isResult ? 'tool' : 'user',
    tool: pickTool(tools, body.tool_choice, fieldsOf(body.tool_choice).name),
    inputChars: charsOf([body.instructions, ...inputs]),
    maxTokens: numberOf(body.max_output_tokens),
    stream: body.stream === true,
    includeUsage: true,
  }
}

export function readMessages(body: Fields): DemoPrompt {
  const messages = listOf(body.messages)
  const content = messages.at(-1)?.content
  const result = listOf(content).findLast((block) => block.type === 'tool_result')
  const tools = listOf(body.tools)
    .filter((tool) => tool.input_schema !== undefined)
    .map((tool) => ({ name: textOf(tool.name), schema: tool.input_schema }))
  const choice = fieldsOf(body.tool_choice)
  return {
    text: textOf(result === undefined ? content : result.content),
    from: result === undefined ? 'user' : 'tool',
    tool: pickTool(tools, choice.type, choice.name),
    inputChars: charsOf([body.system, ...messages.map((message) => message.content)]),
    maxTokens: numberOf(body.max_tokens),
    stream: body.stream === true,
    includeUsage: true,
  }
}

interface Tool {
  readonly name: string
  readonly schema: unknown
}

function pickTool(tools: readonly Tool[], choice: unknown, name: unknown): Tool | null {
  if (choice === 'none') return null
  const usable = tools.filter((tool) => tool.name !== '')
  return usable.find((tool) => tool.name === name) ?? usable[0] ?? null
}

/** Text of a message: a string, or the text parts of a list (`text`, `input_text`, `output_text`, nested results). */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  const texts = content.map((part: unknown) => {
    if (typeof part === 'string') return part
    const { text } = fieldsOf(part)
    return typeof text === 'string' ? text : ''
  })
  return texts.filter((text) => text !== '').join('\n')
}

function charsOf(contents: readonly unknown[]): number {
  return contents.reduce<number>((sum, content) => sum + textOf(content).length, 0)
}

function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : []
}

function fieldsOf(value: unknown): Fields {
  // Safe: any object may be read by name, its values stay unknown.
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' && value > 0 ? value : null
}
