/**
 * A config file in memory, for tests of the console: text, revision and edits behave as the engine's do, the
 * validation is only as deep as a page test needs (names, addresses, port).
 */
import { createHash } from 'node:crypto'
import { isMap, parseDocument, Scalar, type Document } from 'yaml'
import type { ConfigDiagnostic, ConfigEdit, ConfigView, KeyView, SaveResult } from '../../proxy/contract.ts'

type Settings = Record<string, unknown>
type WrittenKey = string | { key: string; name?: string; enabled?: boolean }
interface Written {
  server?: Settings & { port?: string | number }
  upstreams?: (Settings & { name: string; keys?: WrittenKey[] })[]
  project_auth?: (Settings & { project_name: string; api_key: string })[]
}

export interface ConfigFile {
  readonly text: () => string
  readonly revision: () => string
  readonly view: () => ConfigView
  readonly check: (text: string) => readonly ConfigDiagnostic[]
  readonly edit: (edits: readonly ConfigEdit[], baseRevision: string | null) => SaveResult
  readonly save: (text: string, baseRevision: string | null) => SaveResult
  /** Another hand writes the file. */
  readonly overwrite: (text: string) => void
  readonly secret: (kind: 'upstream-key' | 'project-key', owner: string, keyId?: string) => string | undefined
}

function revisionOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

function keyIdOf(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 12)
}

export function createConfigFile(initial: string): ConfigFile {
  let text = initial
  let applied = initial

  function save(next: string, baseRevision: string | null): SaveResult {
    if (baseRevision !== revisionOf(text)) {
      return { kind: 'conflict', diskText: text, diskRevision: revisionOf(text), yourText: next }
    }
    const diagnostics = check(next)
    if (diagnostics.length > 0) return { kind: 'invalid', diagnostics }
    text = next
    applied = next
    return { kind: 'applied', revision: revisionOf(next), tookMs: 38.4, warnings: [] }
  }

  return {
    text: () => text,
    revision: () => revisionOf(text),
    view: () => viewOf(text, applied),
    check,
    // The engine edits the text that `baseRevision` names; here only the newest one is at hand.
    edit: (edits, baseRevision) => save(withEdits(text, edits), baseRevision),
    save,
    overwrite(next) {
      text = next
      if (check(next).length === 0) applied = next
    },
    secret(kind, owner, keyId) {
      const written = readWritten(text)
      if (kind === 'project-key')
        return written.project_auth?.find((project) => project.project_name === owner)?.api_key
      const keys = written.upstreams?.find((upstream) => upstream.name === owner)?.keys ?? []
      return keys.map(literal).find((key) => keyIdOf(key) === keyId)
    },
  }
}

function withEdits(text: string, edits: readonly ConfigEdit[]): string {
  const document = parseDocument(text)
  for (const edit of edits) apply(document, edit)
  return document.toString({ lineWidth: 0, flowCollectionPadding: false })
}

function apply(document: Document, edit: ConfigEdit): void {
  switch (edit.op) {
    case 'set':
      document.setIn(edit.path, document.createNode(edit.value))
      return
    case 'delete':
      document.deleteIn(edit.path)
      return
    case 'insert': {
      const items = itemsAt(document, edit.path)
      items.splice(edit.index, 0, document.createNode(edit.value))
      return
    }
    case 'move': {
      const items = itemsAt(document, edit.path)
      items.splice(edit.to, 0, ...items.splice(edit.from, 1))
      return
    }
    case 'rename': {
      const parent = document.getIn(edit.path.slice(0, -1), true)
      const pair = isMap(parent) ? parent.items.find(({ key }) => keyText(key) === edit.path.at(-1)) : undefined
      if (pair !== undefined) pair.key = new Scalar(edit.to)
      return
    }
    default:
      edit satisfies never
  }
}

function keyText(key: unknown): unknown {
  return key instanceof Scalar ? key.value : key
}

function itemsAt(document: Document, path: readonly (string | number)[]): unknown[] {
  const found: unknown = document.getIn(path, true)
  // Safe: yaml's collections hold their nodes in `items`.
  if (typeof found === 'object' && found !== null && 'items' in found) return found.items as unknown[]
  document.setIn(path, document.createNode([]))
  return itemsAt(document, path)
}

function check(text: string): ConfigDiagnostic[] {
  const document = parseDocument(text)
  const problem = document.errors[0]
  if (problem !== undefined) {
    const { line, col } = problem.linePos?.[0] ?? { line: 1, col: 1 }
    return [diagnostic('yaml_syntax', 'This is not valid YAML.', [], line, col)]
  }
  const written = readWritten(text)
  const found: ConfigDiagnostic[] = []
  for (const [index, upstream] of (written.upstreams ?? []).entries()) {
    if (!upstream.name)
      found.push(diagnostic('required', 'A name is required.', ['upstreams', index, 'name'], null, null))
    if (!/^(https?:\/\/|builtin:)/.test(String(upstream['base_url']))) {
      found.push(
        diagnostic(
          'invalid_url',
          'This must be an http or https address.',
          ['upstreams', index, 'base_url'],
          null,
          null,
        ),
      )
    }
  }
  if (!/^(.*:)?\d{1,5}$/.test(String(written.server?.port ?? 8080))) {
    found.push(diagnostic('invalid_port', 'This is not a port.', ['server', 'port'], null, null))
  }
  return found
}

function diagnostic(
  code: string,
  message: string,
  path: readonly (string | number)[],
  line: number | null,
  column: number | null,
): ConfigDiagnostic {
  return { severity: 'error', code, params: {}, message, path, line, column }
}

function viewOf(text: string, applied: string): ConfigView {
  const written = readWritten(applied)
  return {
    path: '/home/user/.config/ai-proxy/config.yaml',
    dataFolder: '/home/user/.config/ai-proxy',
    revision: revisionOf(text),
    appliedRevision: revisionOf(applied),
    writable: true,
    server: written.server ?? {},
    upstreams: (written.upstreams ?? []).map(({ keys, ...settings }, index) => ({
      index,
      name: settings.name,
      settings,
      keys: (keys ?? []).map(keyView),
    })),
    projects: (written.project_auth ?? []).map(({ api_key, ...settings }, index) => ({
      index,
      name: settings.project_name,
      settings,
      maskedKey: mask(api_key),
      previousKeyUntil: null,
    })),
    diagnostics: check(text),
  }
}

function keyView(written: WrittenKey, index: number): KeyView {
  const key = literal(written)
  const name = typeof written === 'string' ? null : (written.name ?? null)
  const envName = /^\$\{(\w+)\}$/.exec(key)?.[1] ?? null
  return {
    index,
    keyId: keyIdOf(key),
    label: name ?? mask(key),
    name,
    masked: envName === null ? mask(key) : key,
    enabled: typeof written === 'string' ? true : (written.enabled ?? true),
    envName,
    envMissing: envName !== null,
  }
}

function literal(written: WrittenKey): string {
  return typeof written === 'string' ? written : written.key
}

function mask(key: string): string {
  return `${key.slice(0, 3)}…${key.slice(-4)}`
}

function readWritten(text: string): Written {
  // Safe enough for a fixture: the texts are those of the tests.
  return (parseDocument(text).toJS() as Written | null) ?? {}
}
