/**
 * How each tool is pointed at this proxy: files, commands and fields, made from address, key and model. Pure data.
 * Checked in November 2026 against the tools' own documentation; `docs` says where.
 */
import type { Protocol } from '../../../proxy/contract.ts'
import { commandFor } from '../overview/first-request-command.ts'

export interface ConnectValues {
  /** `http://localhost:8080/v1` */
  readonly baseUrl: string
  /** The project's key, or what stands in its place while it is masked. */
  readonly key: string
  readonly model: string
}

/** What the user copies: a file's content, shell lines, or the fields of a form. */
export type ConnectBlock =
  | { readonly kind: 'file'; readonly path: string; readonly code: string }
  | { readonly kind: 'shell'; readonly code: string }
  | { readonly kind: 'code'; readonly label: string; readonly code: string }
  | {
      readonly kind: 'fields'
      readonly where: string
      readonly fields: readonly (readonly [label: string, value: string])[]
    }

export type ToolId =
  | 'curl'
  | 'python'
  | 'node'
  | 'environment'
  | 'vscode'
  | 'continue'
  | 'cline'
  | 'zed'
  | 'jetbrains'
  | 'cursor'
  | 'claude-code'
  | 'codex'
  | 'gemini-cli'
  | 'opencode'
  | 'aider'
  | 'open-webui'

export type ToolGroup = 'code' | 'editor' | 'agent' | 'chat'

export interface ConnectTool {
  readonly id: ToolId
  readonly name: string
  readonly group: ToolGroup
  /** Protocols of which the model's upstream must speak one; empty where nothing can be set up. */
  readonly needs: readonly Protocol[]
  readonly docs: string | null
  readonly blocks: (values: ConnectValues) => readonly ConnectBlock[]
}

/** The address without `/v1`, as clients of other protocols want it. */
export function originOf(baseUrl: string): string {
  return baseUrl.replace(/\/v1$/, '')
}

const json = (value: unknown) => JSON.stringify(value, null, 2)

export const connectTools: readonly ConnectTool[] = [
  {
    id: 'curl',
    name: 'curl',
    group: 'code',
    needs: ['chat'],
    docs: 'https://platform.openai.com/docs/api-reference/chat/create',
    blocks: ({ baseUrl, key, model }) => [
      {
        kind: 'shell',
        code: [
          `curl ${baseUrl}/chat/completions \\`,
          `  -H "Authorization: Bearer ${key}" \\`,
          `  -H "Content-Type: application/json" \\`,
          `  -d ${quoted(JSON.stringify({ model, stream: true, messages: [{ role: 'user', content: 'Hello' }] }))}`,
        ].join('\n'),
      },
      // Neither takes the quotes of the one above.
      { kind: 'code', label: 'PowerShell', code: commandFor('powershell', { baseUrl, key, model }) },
      { kind: 'code', label: 'cmd', code: commandFor('cmd', { baseUrl, key, model }) },
    ],
  },
  {
    id: 'python',
    name: 'Python',
    group: 'code',
    needs: ['chat'],
    docs: 'https://github.com/openai/openai-python',
    blocks: ({ baseUrl, key, model }) => [
      { kind: 'shell', code: 'pip install openai' },
      {
        kind: 'code',
        label: 'Python',
        code: [
          'from openai import OpenAI',
          '',
          `client = OpenAI(base_url=${JSON.stringify(baseUrl)}, api_key=${JSON.stringify(key)})`,
          'stream = client.chat.completions.create(',
          `    model=${JSON.stringify(model)},`,
          '    messages=[{"role": "user", "content": "Hello"}],',
          '    stream=True,',
          ')',
          'for chunk in stream:',
          '    if chunk.choices:',
          '        print(chunk.choices[0].delta.content or "", end="")',
        ].join('\n'),
      },
    ],
  },
  {
    id: 'node',
    name: 'Node.js',
    group: 'code',
    needs: ['chat'],
    docs: 'https://github.com/openai/openai-node',
    blocks: ({ baseUrl, key, model }) => [
      { kind: 'shell', code: 'npm install openai' },
      {
        kind: 'code',
        label: 'JavaScript',
        code: [
          "import OpenAI from 'openai'",
          '',
          `const client = new OpenAI({ baseURL: ${JSON.stringify(baseUrl)}, apiKey: ${JSON.stringify(key)} })`,
          'const stream = await client.chat.completions.create({',
          `  model: ${JSON.stringify(model)},`,
          "  messages: [{ role: 'user', content: 'Hello' }],",
          '  stream: true,',
          '})',
          "for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta.content ?? '')",
        ].join('\n'),
      },
    ],
  },
  {
    id: 'environment',
    name: 'OPENAI_*',
    group: 'code',
    needs: ['chat'],
    docs: null,
    blocks: ({ baseUrl, key }) => [
      { kind: 'shell', code: [`export OPENAI_BASE_URL=${baseUrl}`, `export OPENAI_API_KEY=${key}`].join('\n') },
      {
        kind: 'code',
        label: 'PowerShell',
        code: [`$env:OPENAI_BASE_URL = "${baseUrl}"`, `$env:OPENAI_API_KEY = "${key}"`].join('\n'),
      },
    ],
  },
  {
    id: 'vscode',
    name: 'VS Code (Copilot)',
    group: 'editor',
    needs: ['chat'],
    docs: 'https://code.visualstudio.com/docs/agent-customization/language-models',
    blocks: ({ baseUrl, key, model }) => [
      {
        kind: 'file',
        path: 'chatLanguageModels.json',
        code: json([
          {
            name: 'AI Proxy',
            vendor: 'customendpoint',
            apiKey: key,
            apiType: 'chat-completions',
            models: [
              {
                id: model,
                name: model,
                url: `${baseUrl}/chat/completions`,
                toolCalling: true,
                vision: false,
                maxInputTokens: 128_000,
                maxOutputTokens: 16_000,
              },
            ],
          },
        ]),
      },
    ],
  },
  {
    id: 'continue',
    name: 'Continue',
    group: 'editor',
    needs: ['chat'],
    docs: 'https://docs.continue.dev/reference',
    blocks: ({ baseUrl, key, model }) => [
      {
        kind: 'file',
        path: '~/.continue/config.yaml',
        code: [
          'name: AI Proxy',
          'version: 1.0.0',
          'schema: v1',
          'models:',
          `  - name: ${JSON.stringify(model)}`,
          '    provider: openai',
          `    model: ${JSON.stringify(model)}`,
          `    apiBase: ${baseUrl}`,
          `    apiKey: ${key}`,
          '    roles: [chat, edit, apply]',
        ].join('\n'),
      },
    ],
  },
  {
    id: 'cline',
    name: 'Cline / Roo Code',
    group: 'editor',
    needs: ['chat'],
    docs: 'https://docs.cline.bot/provider-config/openai-compatible',
    blocks: ({ baseUrl, key, model }) => [
      {
        kind: 'fields',
        where: 'Settings → API Configuration',
        fields: [
          ['API Provider', 'OpenAI Compatible'],
          ['Base URL', baseUrl],
          ['API Key', key],
          ['Model ID', model],
        ],
      },
    ],
  },
  {
    id: 'zed',
    name: 'Zed',
    group: 'editor',
    needs: ['chat'],
    docs: 'https://zed.dev/docs/ai/use-api-access',
    blocks: ({ baseUrl, key, model }) => [
      {
        kind: 'file',
        path: 'settings.json',
        code: json({
          language_models: {
            openai_compatible: {
              'AI Proxy': {
                api_url: baseUrl,
                available_models: [
                  {
                    name: model,
                    display_name: model,
                    max_tokens: 128_000,
                    capabilities: { tools: true, images: false, parallel_tool_calls: true, prompt_cache_key: false },
                  },
                ],
              },
            },
          },
        }),
      },
      { kind: 'shell', code: `export AI_PROXY_API_KEY=${key}` },
    ],
  },
  {
    id: 'jetbrains',
    name: 'JetBrains AI',
    group: 'editor',
    needs: ['chat'],
    docs: 'https://www.jetbrains.com/help/ai-assistant/use-custom-models.html',
    blocks: ({ baseUrl, key, model }) => [
      {
        kind: 'fields',
        where: 'Settings → Tools → AI Assistant → Providers & API keys',
        fields: [
          ['Provider', 'OpenAI-compatible'],
          ['URL', baseUrl],
          ['API Key', key],
          ['Model', model],
        ],
      },
    ],
  },
  {
    id: 'cursor',
    name: 'Cursor',
    group: 'editor',
    needs: [],
    docs: 'https://cursor.com/help/models-and-usage/api-keys',
    blocks: () => [],
  },
  {
    id: 'claude-code',
    name: 'Claude Code',
    group: 'agent',
    needs: ['messages'],
    docs: 'https://code.claude.com/docs/en/llm-gateway',
    blocks: ({ baseUrl, key, model }) => [
      {
        kind: 'shell',
        code: [
          `export ANTHROPIC_BASE_URL=${originOf(baseUrl)}`,
          `export ANTHROPIC_AUTH_TOKEN=${key}`,
          `export ANTHROPIC_MODEL=${shellWord(model)}`,
          `export ANTHROPIC_DEFAULT_HAIKU_MODEL=${shellWord(model)}`,
          'claude',
        ].join('\n'),
      },
      {
        kind: 'file',
        path: '~/.claude/settings.json',
        code: json({
          env: {
            ANTHROPIC_BASE_URL: originOf(baseUrl),
            ANTHROPIC_AUTH_TOKEN: key,
            ANTHROPIC_MODEL: model,
            ANTHROPIC_DEFAULT_HAIKU_MODEL: model,
          },
        }),
      },
    ],
  },
  {
    id: 'codex',
    name: 'Codex CLI',
    group: 'agent',
    needs: ['responses'],
    docs: 'https://developers.openai.com/codex/config-reference',
    blocks: ({ baseUrl, key, model }) => [
      {
        kind: 'file',
        path: '~/.codex/config.toml',
        code: [
          `model = ${JSON.stringify(model)}`,
          'model_provider = "ai-proxy"',
          '',
          '[model_providers.ai-proxy]',
          'name = "AI Proxy"',
          `base_url = ${JSON.stringify(baseUrl)}`,
          'env_key = "AI_PROXY_KEY"',
          'wire_api = "responses"',
        ].join('\n'),
      },
      { kind: 'shell', code: [`export AI_PROXY_KEY=${key}`, 'codex'].join('\n') },
    ],
  },
  {
    id: 'gemini-cli',
    name: 'Gemini CLI',
    group: 'agent',
    needs: ['gemini'],
    docs: 'https://github.com/google-gemini/gemini-cli',
    blocks: ({ baseUrl, key, model }) => [
      {
        kind: 'shell',
        code: [
          `export GOOGLE_GEMINI_BASE_URL=${originOf(baseUrl)}`,
          `export GEMINI_API_KEY=${key}`,
          `gemini --model ${shellWord(model)}`,
        ].join('\n'),
      },
    ],
  },
  {
    id: 'opencode',
    name: 'opencode',
    group: 'agent',
    needs: ['chat'],
    docs: 'https://opencode.ai/docs/providers',
    blocks: ({ baseUrl, key, model }) => [
      {
        kind: 'file',
        path: '~/.config/opencode/opencode.json',
        code: json({
          $schema: 'https://opencode.ai/config.json',
          provider: {
            'ai-proxy': {
              npm: '@ai-sdk/openai-compatible',
              name: 'AI Proxy',
              options: { baseURL: baseUrl, apiKey: key },
              models: { [model]: { name: model } },
            },
          },
          model: `ai-proxy/${model}`,
        }),
      },
    ],
  },
  {
    id: 'aider',
    name: 'Aider',
    group: 'agent',
    needs: ['chat'],
    docs: 'https://aider.chat/docs/llms/openai-compat.html',
    blocks: ({ baseUrl, key, model }) => [
      {
        kind: 'shell',
        code: [
          `export OPENAI_API_BASE=${baseUrl}`,
          `export OPENAI_API_KEY=${key}`,
          `aider --model ${shellWord(`openai/${model}`)}`,
        ].join('\n'),
      },
    ],
  },
  {
    id: 'open-webui',
    name: 'Open WebUI',
    group: 'chat',
    needs: ['chat'],
    docs: 'https://docs.openwebui.com/getting-started/quick-start/starting-with-openai-compatible',
    blocks: ({ baseUrl, key }) => [
      {
        kind: 'fields',
        where: 'Admin Settings → Connections → OpenAI',
        fields: [
          ['URL', inContainer(baseUrl)],
          ['API Key', key],
        ],
      },
      {
        kind: 'shell',
        code: [
          'docker run -d -p 3000:8080 --add-host=host.docker.internal:host-gateway \\',
          `  -e OPENAI_API_BASE_URL=${inContainer(baseUrl)} \\`,
          `  -e OPENAI_API_KEY=${key} \\`,
          '  -v open-webui:/app/backend/data ghcr.io/open-webui/open-webui:main',
        ].join('\n'),
      },
    ],
  },
]

/** Whether a model can be used with a tool: one of its upstreams must speak the tool's protocol. */
export function canUse(tool: ConnectTool, speaks: readonly Protocol[]): boolean {
  return tool.needs.some((protocol) => speaks.includes(protocol))
}

// Inside a container localhost is the container itself.
function inContainer(baseUrl: string): string {
  return baseUrl.replace('//localhost:', '//host.docker.internal:').replace('//127.0.0.1:', '//host.docker.internal:')
}

/** Quoted for a POSIX shell where it needs to be. */
function shellWord(text: string): string {
  return /^[\w./:@%+,-]+$/.test(text) ? text : quoted(text)
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
