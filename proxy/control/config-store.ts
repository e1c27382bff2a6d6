/**
 * Reading and changing the config for the console. Whatever changes it ends in the file and in the engine's `reload`,
 * like an edit by hand; nothing here touches what runs.
 */
import { access, constants } from 'node:fs/promises'
import { dirname } from 'node:path'
import { listBackups, readBackup } from '../config/backups.ts'
import type { EditRefusal } from '../config/edit.ts'
import { applyEdits } from '../config/edit.ts'
import type { ConfigFile } from '../config/file.ts'
import { readConfigFile, revisionOf, saveConfigFile } from '../config/file.ts'
import { parseConfig } from '../config/parse.ts'
import type { ConfigDiagnostic, ControlApi, Revision, SaveResult } from '../contract.ts'
import { viewOf } from './config-view.ts'
import { ControlError } from './control-error.ts'
import type { ControlTextKey } from './control-texts.ts'
import { controlText } from './control-texts.ts'
import type { EngineHandle } from './engine-handle.ts'
import { holdsNewMask } from './masking.ts'
import type { WrittenConfig, WrittenProject } from './written-config.ts'
import { plainValues, readWritten } from './written-config.ts'

export type ConfigMethods = Pick<
  ControlApi,
  | 'getConfig'
  | 'readConfigText'
  | 'checkConfigText'
  | 'saveConfigText'
  | 'editConfig'
  | 'reloadConfig'
  | 'listBackups'
  | 'readBackup'
  | 'revealSecret'
>

/** Texts of this many revisions are remembered, so that edits of an older one can be shown in a conflict. */
const rememberedTexts = 8

export interface ConfigStore {
  readonly methods: ConfigMethods
  /** The config of the forms, secrets and all; null when there is none to be read. */
  readonly written: () => Promise<WrittenConfig | null>
}

export function createConfigStore(engine: EngineHandle): ConfigStore {
  const shown = new Map<Revision, string>()
  let saving: Promise<unknown> = Promise.resolve()

  const readDisk = () => readConfigFile(engine.configPath, engine.language())
  const check = (text: string): readonly ConfigDiagnostic[] => {
    const parsed = parseConfig(text, { env: engine.env, language: engine.language() })
    return parsed.ok ? parsed.warnings : parsed.diagnostics
  }
  const failed = (code: ControlTextKey): SaveResult => ({
    kind: 'failed',
    code,
    message: controlText(code, engine.language()),
    written: false,
  })

  function remember({ text, revision }: ConfigFile): void {
    shown.delete(revision)
    shown.set(revision, text)
    const [oldest] = shown.keys()
    if (shown.size > rememberedTexts && oldest !== undefined) shown.delete(oldest)
  }

  /** One save after another: the second of two quick ones meets the first one's revision. */
  function inTurn(save: () => Promise<SaveResult>): Promise<SaveResult> {
    const run = saving.then(save)
    saving = run.catch(() => undefined)
    return run
  }

  async function save(text: string, baseRevision: Revision | null): Promise<SaveResult> {
    const startedAt = performance.now()
    const language = engine.language()
    const parsed = parseConfig(text, { env: engine.env, language })
    if (!parsed.ok) return { kind: 'invalid', diagnostics: parsed.diagnostics }
    const { configPath: path, backupFolder } = engine
    const saved = await saveConfigFile({ path, text, baseRevision, backupFolder, language })
    if (saved.kind === 'conflict') return { ...saved, yourText: text }
    if (saved.kind === 'failed') return { ...saved, written: false }
    remember({ text, revision: saved.revision })
    const reloaded = await engine.reload({ force: false })
    const tookMs = Math.round((performance.now() - startedAt) * 10) / 10
    if (reloaded.kind === 'rejected') return notWorking(reloaded.diagnostics)
    // The watcher may have put it to work before us.
    return { kind: 'applied', revision: saved.revision, tookMs, warnings: parsed.warnings }
  }

  async function edit(
    edits: Parameters<ControlApi['editConfig']>[0],
    baseRevision: Revision | null,
  ): Promise<SaveResult> {
    const disk = await readDisk()
    if ('problem' in disk && disk.problem !== 'missing')
      return { kind: 'failed', code: disk.diagnostic.code, message: disk.message, written: false }
    const { text: diskText, revision: diskRevision } =
      'problem' in disk ? { text: '', revision: null } : { text: disk.text, revision: disk.revision }
    const isConflict = diskRevision !== baseRevision
    // The places in the edits are those of the text that the form was made from.
    const baseText = isConflict ? (textOf(baseRevision) ?? diskText) : diskText
    const edited = applyEdits(baseText, edits)
    if (edited.ok && holdsNewMask(plainValues(baseText), plainValues(edited.text))) return failed('masked_secret')
    if (isConflict) return { kind: 'conflict', diskText, diskRevision, yourText: edited.ok ? edited.text : baseText }
    if (edited.ok) return save(edited.text, baseRevision)
    const code = refusalCodes[edited.reason]
    return code === null ? { kind: 'invalid', diagnostics: check(baseText) } : failed(code)
  }

  /** `readConfigText` shows a missing file as an empty one; saved is then a new file. */
  async function baseOf(revision: Revision | null): Promise<Revision | null> {
    if (revision !== revisionOf('')) return revision
    const disk = await readDisk()
    return 'problem' in disk && disk.problem === 'missing' ? null : revision
  }

  function textOf(revision: Revision | null): string | null {
    if (revision === null) return ''
    const applied = engine.appliedConfig()
    return shown.get(revision) ?? (applied?.revision === revision ? applied.text : null)
  }

  /** The file's, or while that is no readable YAML the one that runs. */
  function writtenOf(diskText: string | null): WrittenConfig | null {
    const onDisk = diskText === null ? null : readWritten(diskText, engine.env)
    if (onDisk !== null) return onDisk
    const applied = engine.appliedConfig()
    return applied === null ? null : readWritten(applied.text, engine.env)
  }

  async function writtenNow(): Promise<WrittenConfig | null> {
    const disk = await readDisk()
    return writtenOf('problem' in disk ? null : disk.text)
  }

  const methods: ConfigMethods = {
    async getConfig() {
      const disk = await readDisk()
      const isThere = !('problem' in disk)
      if (isThere) remember(disk)
      const written = writtenOf(isThere ? disk.text : null)
      const none = { server: {}, upstreams: [], projects: [] }
      return {
        path: engine.configPath,
        dataFolder: engine.dataFolder,
        revision: isThere ? disk.revision : null,
        appliedRevision: engine.appliedConfig()?.revision ?? null,
        writable: await isWritable(engine.configPath, isThere),
        ...(written === null ? none : viewOf(written, { keyIdOf: engine.keyIdOf, now: Date.now() })),
        diagnostics: isThere ? check(disk.text) : [disk.diagnostic],
      }
    },

    async readConfigText() {
      const disk = await readDisk()
      if ('problem' in disk) return { text: '', revision: revisionOf(''), diagnostics: [disk.diagnostic] }
      remember(disk)
      return { ...disk, diagnostics: check(disk.text) }
    },

    checkConfigText: async (text) => check(text),
    saveConfigText: (text, baseRevision) => inTurn(async () => save(text, await baseOf(baseRevision))),
    editConfig: (edits, baseRevision) => inTurn(() => edit(edits, baseRevision)),

    reloadConfig: () =>
      inTurn(async () => {
        const startedAt = performance.now()
        const reloaded = await engine.reload({ force: true })
        const tookMs = Math.round((performance.now() - startedAt) * 10) / 10
        if (reloaded.kind === 'rejected') {
          const result = notWorking(reloaded.diagnostics)
          return result.kind === 'failed' && result.code !== 'config_rejected'
            ? result
            : { kind: 'invalid', diagnostics: reloaded.diagnostics }
        }
        const warnings = reloaded.kind === 'applied' ? reloaded.warnings : []
        return { kind: 'applied', revision: reloaded.revision, tookMs, warnings }
      }),

    listBackups: () => listBackups(engine.backupFolder),

    async readBackup(id) {
      const text = await readBackup(engine.backupFolder, id)
      if (text === null) throw new ControlError('backup_unknown', engine.language())
      return text
    },

    async revealSecret(secret) {
      const written = await writtenNow()
      const found = written === null ? undefined : findSecret(written, secret, engine.keyIdOf)
      if (found === undefined) throw new ControlError('key_unknown', engine.language())
      if (secret.kind === 'upstream-key-text' || secret.kind === 'project-key-text') return found.text
      if (found.envMissing) throw new ControlError('key_env_missing', engine.language(), { name: found.envName ?? '' })
      return found.secret
    },
  }
  return { methods, written: writtenNow }
}

/** A key of the written config; undefined when there is none. */
function findSecret(
  written: WrittenConfig,
  wanted: Parameters<ControlApi['revealSecret']>[0],
  keyIdOf: (secret: string) => string,
): WrittenProject['key'] | undefined {
  if (wanted.kind === 'project-key' || wanted.kind === 'project-key-text')
    return written.projects.find(({ name }) => name === wanted.project)?.key
  const upstream = written.upstreams.find(({ name }) => name === wanted.upstream)
  if (wanted.kind === 'upstream-key-text') {
    const key = upstream?.keys[wanted.index]
    return key !== undefined && keyIdOf(key.secret) === wanted.keyId ? key : undefined
  }
  return upstream?.keys.find(({ secret }) => keyIdOf(secret) === wanted.keyId)
}

const refusalCodes = {
  // What is wrong with the text is told by its diagnostics.
  invalid: null,
  not_found: 'edit_not_found',
  exists: 'edit_exists',
  unsupported: 'edit_unsupported',
} as const satisfies Record<EditRefusal, ControlTextKey | null>

/** Valid and written, but the engine could not put it to work: as a rule a port that is taken. */
function notWorking(diagnostics: readonly ConfigDiagnostic[]): SaveResult {
  const error = diagnostics.find(({ severity }) => severity === 'error')
  const isListening = error?.path[0] === 'server' && error.path[1] === 'port' && error.line === null
  const code = isListening ? error.code : 'config_rejected'
  return { kind: 'failed', code, message: error?.message ?? '', written: true }
}

async function isWritable(path: string, isThere: boolean): Promise<boolean> {
  try {
    await access(isThere ? path : dirname(path), constants.W_OK)
    return true
  } catch {
    return false
  }
}
