/**
 * Who may import whom. The table below is the allow-list: what isn't in it is a wrong arrow. An arrow that is
 * needed is added here, in the same commit, with a reason; one that points back is a design mistake.
 */
import { isBuiltin } from 'node:module'
import { posix, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readModule, readSources, type ModuleImport, type SourceFile } from './helpers/imports.ts'

interface Layer {
  /** Files (`proxy/log.ts`) or folders (`proxy/routing/`); the longest match owns a file. */
  readonly owns: readonly string[]
  /** Layers that it may import besides itself. */
  readonly imports: readonly LayerName[]
  /** Layers of which it may import types only. */
  readonly importsTypes?: readonly LayerName[]
  /** No Node built-ins: it has to run in a browser as well. */
  readonly pure?: true
}

type LayerName = keyof typeof layers

/** Leaves which every part of the engine may import. */
const leaves = ['contract', 'errors', 'secret forms', 'log', 'version', 'project files'] as const

const layers = {
  contract: { owns: ['proxy/contract.ts'], imports: [], pure: true },
  errors: { owns: ['proxy/errors.ts'], imports: ['contract'], pure: true },
  // The console's editor masks by the same rules as the engine.
  'secret forms': { owns: ['proxy/secret-forms.ts'], imports: [], pure: true },
  // Console and tray judge upstreams alike.
  'upstream health': { owns: ['proxy/upstream-health.ts'], imports: ['contract'], pure: true },
  log: {
    owns: ['proxy/log.ts', 'proxy/log-masks.ts', 'proxy/log-request.ts', 'proxy/log-texts.ts'],
    imports: ['contract'],
  },
  version: { owns: ['proxy/version.ts'], imports: ['project files'] },
  'project files': { owns: ['package.json', 'config.yaml'], imports: [] },
  collector: { owns: ['proxy/collector.ts'], imports: [] },

  'config/schema': { owns: ['proxy/config/schema.ts'], imports: ['contract', 'errors'], pure: true },
  providers: { owns: ['proxy/providers/'], imports: ['contract', 'errors', 'secret forms'], pure: true },
  config: { owns: ['proxy/config/'], imports: [...leaves, 'config/schema', 'providers'] },
  routing: { owns: ['proxy/routing/'], imports: [...leaves, 'config/schema', 'providers'] },
  snapshot: { owns: ['proxy/snapshot.ts'], imports: [...leaves, 'config/schema', 'providers', 'routing'] },
  records: { owns: ['proxy/records/'], imports: [...leaves] },
  gateway: {
    owns: ['proxy/gateway/'],
    imports: [...leaves, 'collector', 'config/schema', 'providers', 'routing', 'snapshot'],
    importsTypes: ['records'],
  },
  metering: { owns: ['proxy/metering/'], imports: [...leaves, 'config/schema', 'providers'] },
  notices: { owns: ['proxy/notices/'], imports: [...leaves] },
  metrics: { owns: ['proxy/metrics.ts'], imports: [...leaves] },
  control: { owns: ['proxy/control/'], imports: [...leaves, 'config', 'config/schema', 'providers'] },
  engine: {
    owns: [
      'proxy/engine.ts',
      'proxy/engine-handle.ts',
      'proxy/explain-route.ts',
      'proxy/heap-room.ts',
      'proxy/idle-heap.ts',
      'proxy/state-file.ts',
      'proxy/status.ts',
    ],
    imports: [
      ...leaves,
      'collector',
      'config',
      'config/schema',
      'providers',
      'routing',
      'snapshot',
      'records',
      'gateway',
      'metering',
      'notices',
      'metrics',
    ],
    // The handle that the control plane is given is built here.
    importsTypes: ['control'],
  },
  cli: { owns: ['proxy/cli.ts'], imports: [...leaves, 'engine', 'control', 'config'] },

  main: { owns: ['main/'], imports: [...leaves, 'engine', 'control', 'config', 'upstream health'] },
  renderer: {
    owns: ['renderer/'],
    imports: ['contract', 'config/schema', 'secret forms', 'upstream health'],
    pure: true,
  },
} as const satisfies Record<string, { [K in keyof Layer]: K extends `imports${string}` ? readonly string[] : Layer[K] }>

/** Packages, with all below them, that a top-level folder must not see. */
const bannedPackages: Record<string, readonly string[]> = {
  proxy: ['electron', 'react', 'react-dom', 'react-i18next', '@mantine/core', '@mantine/hooks', '@vitejs/plugin-react'],
  main: ['react', 'react-dom', 'react-i18next', '@mantine/core', '@mantine/hooks', '@vitejs/plugin-react'],
  renderer: ['electron', 'express', 'undici', 'chokidar'],
}

const projectFolder = resolve(import.meta.dirname, '..')
const sources = ['proxy', 'main', 'renderer'].flatMap((folder) => readSources(projectFolder, folder))

describe('layers', () => {
  it('finds the sources of the engine', () => {
    expect(sources.map(({ path }) => path)).toEqual(expect.arrayContaining(['proxy/contract.ts', 'proxy/errors.ts']))
  })

  it('has no wrong arrow', () => {
    expect(sources.flatMap(problemsOf)).toEqual([])
  })

  it('allows no circle of layers', () => {
    const depth = (name: LayerName, path: readonly LayerName[]): number => {
      if (path.includes(name)) throw new Error([...path, name].join(' → '))
      return 1 + Math.max(0, ...allowedBy(name).map((next) => depth(next, [...path, name])))
    }
    expect(() => layerNames.map((name) => depth(name, []))).not.toThrow()
  })
})

describe('the check itself', () => {
  it.each<[string, string, string, string[]]>([
    ['an arrow that points down', 'proxy/gateway/forward.ts', `import { a } from '../routing/route.ts'`, []],
    ['a leaf', 'proxy/records/record.ts', `import { log } from '../log.ts'`, []],
    ['a neighbour', 'proxy/gateway/forward.ts', `import { a } from './relay.ts'`, []],
    ['a package', 'proxy/gateway/server.ts', `import express from 'express'`, []],
    ['a built-in', 'proxy/gateway/server.ts', `import { createServer } from 'node:http'`, []],
    [
      'types where only types are allowed',
      'proxy/gateway/gate.ts',
      `import type { R } from '../records/record.ts'`,
      [],
    ],
    ['an import in a comment', 'proxy/providers/urls.ts', `// import { a } from '../engine.ts'`, []],
    ['a style sheet', 'renderer/main.tsx', `import './styles/page.css'`, []],
    ['a data file by URL', 'proxy/cli.ts', `const file = new URL('../test/x.yaml', import.meta.url)`, []],
    [
      'an arrow that points back',
      'proxy/routing/route.ts',
      `import { a } from '../gateway/forward.ts'`,
      ['proxy/routing/route.ts: routing may not import gateway (../gateway/forward.ts)'],
    ],
    [
      'a type that points back',
      'proxy/routing/route.ts',
      `import type { A } from '../gateway/forward.ts'`,
      ['proxy/routing/route.ts: routing may not import gateway (../gateway/forward.ts)'],
    ],
    [
      'a value where only types are allowed',
      'proxy/gateway/gate.ts',
      `import { type R, makeRecord } from '../records/record.ts'`,
      ['proxy/gateway/gate.ts: gateway may import only types of records (../records/record.ts)'],
    ],
    [
      'a re-export',
      'proxy/control/control.ts',
      `export * from '../engine.ts'`,
      ['proxy/control/control.ts: control may not import engine (../engine.ts)'],
    ],
    [
      'a dynamic import',
      'proxy/control/control.ts',
      `export const load = () => import('../engine.ts')`,
      ['proxy/control/control.ts: control may not import engine (../engine.ts)'],
    ],
    [
      'an import type',
      'proxy/control/control.ts',
      `export type E = import('../engine.ts').Engine`,
      ['proxy/control/control.ts: control may not import engine (../engine.ts)'],
    ],
    [
      'a worker',
      'proxy/providers/urls.ts',
      `new Worker(new URL('../records/log-worker.ts', import.meta.url))`,
      ['proxy/providers/urls.ts: providers may not import records (../records/log-worker.ts)'],
    ],
    [
      'an import that nobody can read',
      'proxy/engine.ts',
      'const part = await import(name)',
      ['proxy/engine.ts: import(name) has no fixed target'],
    ],
    [
      'the console in the engine',
      'proxy/engine.ts',
      `import { format } from '../renderer/format.ts'`,
      ['proxy/engine.ts: engine may not import renderer (../renderer/format.ts)'],
    ],
    [
      'the engine in the console',
      'renderer/store.ts',
      `import { providers } from '../proxy/providers/hosts.ts'`,
      ['renderer/store.ts: renderer may not import providers (../proxy/providers/hosts.ts)'],
    ],
    [
      'a file outside the three folders',
      'proxy/engine.ts',
      `import { makeConfig } from '../test/helpers/make.ts'`,
      ['proxy/engine.ts: engine imports ../test/helpers/make.ts, which belongs to no layer'],
    ],
    ['a file of no layer', 'proxy/utils.ts', 'export const a = 1', ['proxy/utils.ts: belongs to no layer']],
    [
      'electron in the engine',
      'proxy/engine.ts',
      `import { app } from 'electron'`,
      ['proxy/engine.ts: proxy/ must not see the package electron'],
    ],
    [
      'a part of react in the engine',
      'proxy/gateway/server.ts',
      `import { renderToString } from 'react-dom/server'`,
      ['proxy/gateway/server.ts: proxy/ must not see the package react-dom'],
    ],
    [
      'a built-in in a pure layer',
      'proxy/config/schema.ts',
      `import { readFileSync } from 'node:fs'`,
      ['proxy/config/schema.ts: config/schema is pure, it must not see node:fs'],
    ],
    [
      'a built-in by its bare name',
      'proxy/providers/urls.ts',
      `const fs = require('fs')`,
      ['proxy/providers/urls.ts: providers is pure, it must not see fs'],
    ],
    [
      'a default export in the engine',
      'proxy/routing/route.ts',
      'export default function route() {}',
      ['proxy/routing/route.ts: has a default export, name it instead'],
    ],
    [
      'a default export by another door',
      'proxy/routing/route.ts',
      'const route = 1\nexport { route as default }',
      ['proxy/routing/route.ts: has a default export, name it instead'],
    ],
  ])('%s', (_, path, text, problems) => {
    expect(problemsOf({ path, text })).toEqual(problems)
  })

  it('refuses a file that cannot be parsed', () => {
    expect(() => problemsOf({ path: 'proxy/engine.ts', text: 'import {' })).toThrow('proxy/engine.ts')
  })
})

// Safe: `layers` is a literal, so these are exactly its keys.
const layerNames = Object.keys(layers) as LayerName[]

function problemsOf(file: SourceFile): string[] {
  const layer = layerOf(file.path)
  if (layer === null) return [`${file.path}: belongs to no layer`]
  const { imports, computedImports, hasDefaultExport } = readModule(file)
  const problems = imports.map((moduleImport) => problemOf(file.path, layer, moduleImport)).filter((it) => it !== null)
  problems.push(...computedImports.map((text) => `${text} has no fixed target`))
  if (hasDefaultExport && file.path.startsWith('proxy/')) problems.push('has a default export, name it instead')
  return problems.map((problem) => `${file.path}: ${problem}`)
}

function problemOf(path: string, layer: LayerName, { specifier, isType }: ModuleImport): string | null {
  if (!specifier.startsWith('.')) return packageProblem(path, layer, specifier)
  // Vite's suffixes (`?raw`, `?worker`) don't change which file it is.
  const target = layerOf(posix.join(posix.dirname(path), specifier.replace(/\?.*$/, '')))
  if (target === null) return `${layer} imports ${specifier}, which belongs to no layer`
  if (target === layer) return null
  const rules: Layer = layers[layer]
  if (rules.imports.includes(target)) return null
  if (!rules.importsTypes?.includes(target)) return `${layer} may not import ${target} (${specifier})`
  return isType ? null : `${layer} may import only types of ${target} (${specifier})`
}

function packageProblem(path: string, layer: LayerName, specifier: string): string | null {
  const rules: Layer = layers[layer]
  if (isBuiltin(specifier)) return rules.pure ? `${layer} is pure, it must not see ${specifier}` : null
  const [folder = ''] = path.split('/')
  const banned = bannedPackages[folder]?.find((name) => specifier === name || specifier.startsWith(`${name}/`))
  return banned === undefined ? null : `${folder}/ must not see the package ${banned}`
}

/** The layer whose file or folder matches the most of the path. */
function layerOf(path: string): LayerName | null {
  const matches = layerNames.flatMap((name) =>
    layers[name].owns
      .filter((place) => (place.endsWith('/') ? path.startsWith(place) : path === place))
      .map((place) => ({ name, length: place.length })),
  )
  return matches.toSorted((a, b) => b.length - a.length)[0]?.name ?? null
}

function allowedBy(name: LayerName): readonly LayerName[] {
  const rules: Layer = layers[name]
  return [...rules.imports, ...(rules.importsTypes ?? [])]
}
