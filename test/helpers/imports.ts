/**
 * Reads what a source file imports, with Vite's own parser: comments and strings can't fool it, and no form of
 * import escapes it (static, re-export, dynamic, `import('…')` types, `require`, worker files by URL).
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseSync, Visitor, type ESTree } from 'vite'

export interface SourceFile {
  /** From the project's folder, with `/`: `proxy/routing/route.ts`. */
  readonly path: string
  readonly text: string
}

export interface ModuleImport {
  /** As written: `./route.ts`, `node:fs`, `express`. */
  readonly specifier: string
  /** True when nothing of it is left at run time. */
  readonly isType: boolean
}

export interface ModuleShape {
  readonly imports: readonly ModuleImport[]
  readonly hasDefaultExport: boolean
  /** Imports whose target isn't written down, as source text: nobody can check those. */
  readonly computedImports: readonly string[]
}

/** Every code file under a folder, in a stable order; none when the folder doesn't exist yet. */
export function readSources(projectFolder: string, folder: string): SourceFile[] {
  if (!existsSync(join(projectFolder, folder))) return []
  return readdirSync(join(projectFolder, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .filter((path) => isCode(path))
    .toSorted()
    .map((path) => ({ path, text: readFileSync(join(projectFolder, path), 'utf8') }))
}

function isCode(path: string): boolean {
  return /\.[cm]?[jt]sx?$/.test(path)
}

/** Throws when the file can't be parsed: an unread file would be an unchecked one. */
export function readModule(file: SourceFile): ModuleShape {
  const { module, program, errors } = parseSync(file.path, file.text)
  if (errors.length > 0) throw new Error(`${file.path}: ${errors.map((error) => error.message).join('; ')}`)

  const imports: ModuleImport[] = []
  const computedImports: string[] = []
  const add = (specifier: string, { isType }: { isType: boolean }): void => {
    imports.push({ specifier, isType })
  }
  const addExpression = (node: { start: number; end: number }, specifier: string | null): void => {
    if (specifier === null) computedImports.push(file.text.slice(node.start, node.end))
    else add(specifier, { isType: false })
  }

  for (const { moduleRequest, entries } of module.staticImports) {
    add(moduleRequest.value, { isType: entries.length > 0 && entries.every((entry) => entry.isType) })
  }
  const exported = module.staticExports.flatMap(({ entries }) => entries)
  for (const { moduleRequest, isType } of exported) {
    if (moduleRequest !== null) add(moduleRequest.value, { isType })
  }
  new Visitor({
    ImportExpression: (node) => addExpression(node, literal(node.source)),
    TSImportType: (node) => add(node.source.value, { isType: true }),
    TSExternalModuleReference: (node) => add(node.expression.value, { isType: false }),
    CallExpression: (node) => {
      if (node.callee.type === 'Identifier' && node.callee.name === 'require') {
        addExpression(node, literal(node.arguments[0]))
      }
    },
    NewExpression: (node) => {
      if (node.callee.type !== 'Identifier' || node.callee.name !== 'URL') return
      // A data file by URL is no import; a code file is one, run in a worker or a process.
      const specifier = literal(node.arguments[0])
      if (specifier?.startsWith('.') && isCode(specifier)) add(specifier, { isType: false })
    },
  }).visit(program)

  return { imports, computedImports, hasDefaultExport: exported.some(({ exportName }) => isDefault(exportName)) }
}

function isDefault(exportName: { readonly kind: string; readonly name: string | null }): boolean {
  return exportName.kind === 'Default' || exportName.name === 'default'
}

function literal(node: ESTree.Argument | undefined): string | null {
  if (node?.type === 'Literal' && typeof node.value === 'string') return node.value
  // A text in backquotes without a hole is as good as a string.
  if (node?.type === 'TemplateLiteral' && node.quasis.length === 1) return node.quasis[0]?.value.cooked ?? null
  return null
}
