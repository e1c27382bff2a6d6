/** The first request, ready to paste into a shell, and the model it asks for. Pure. */
import type { ModelEntry } from '../../../proxy/contract.ts'

export const shells = ['bash', 'powershell', 'cmd'] as const
export type Shell = (typeof shells)[number]

export interface FirstRequest {
  readonly baseUrl: string
  readonly key: string
  readonly model: string
}

/** What the prompt says: short enough that the answer costs next to nothing. */
const prompt = 'Say hello.'

export function commandFor(shell: Shell, { baseUrl, key, model }: FirstRequest): string {
  const url = `${baseUrl}/chat/completions`
  const body = JSON.stringify({ model, messages: [{ role: 'user', content: prompt }] })
  switch (shell) {
    case 'bash':
      return [
        `curl ${url} \\`,
        `  -H ${singleQuoted(`Authorization: Bearer ${key}`)} \\`,
        `  -H 'Content-Type: application/json' \\`,
        `  -d ${singleQuoted(body)}`,
      ].join('\n')
    case 'powershell':
      // Not curl: in Windows PowerShell that is another program, and both lose the quotes inside the body.
      return [
        `Invoke-RestMethod ${url} -Method Post \``,
        `  -Headers @{ Authorization = ${powershellQuoted(`Bearer ${key}`)} } \``,
        `  -ContentType 'application/json' \``,
        `  -Body ${powershellQuoted(body)}`,
      ].join('\n')
    case 'cmd':
      return [
        `curl ${url} ^`,
        `  -H "Authorization: Bearer ${key}" ^`,
        `  -H "Content-Type: application/json" ^`,
        `  -d "${body.replaceAll('"', '\\"')}"`,
      ].join('\n')
    default:
      return shell satisfies never
  }
}

/** A model that this project may ask for and that some upstream could answer now; null when there is none. */
export function firstModel(models: readonly ModelEntry[], project: string): string | null {
  const usable = usableModels(models, project)
  return usable[0] ?? null
}

/** Real ones before the demo's, chat before what only embeds or draws; else in the order given. */
export function usableModels(models: readonly ModelEntry[], project: string): readonly string[] {
  return models
    .filter(({ targets, projects }) => projects.includes(project) && targets.some(({ usable }) => usable))
    .map(({ name, targets }) => ({ name, rank: (isDemo(targets) ? 1 : 0) + (notForChat.test(name) ? 2 : 0) }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ name }) => name)
}

const notForChat = /embed|rerank|whisper|tts|dall-e|image|moderation|transcribe|speech/i

function isDemo(targets: ModelEntry['targets']): boolean {
  return targets.every(({ model }) => model.startsWith('demo/'))
}

function singleQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

function powershellQuoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
