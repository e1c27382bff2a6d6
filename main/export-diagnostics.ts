/** Asks where to and writes the diagnostics file. */
import { writeFile } from 'node:fs/promises'
import { arch, homedir, release, totalmem, type } from 'node:os'
import { join } from 'node:path'
import { app, dialog } from 'electron'
import type { Language } from '../proxy/log-texts.ts'
import type { DiagnosticsInput } from './diagnostics.ts'
import { diagnosticsText } from './diagnostics.ts'
import { shellText } from './texts.ts'

export type DiagnosticsSource = Pick<DiagnosticsInput, 'status' | 'config' | 'desktop' | 'logLines' | 'secrets'>

/** Null when the user cancelled. @param read - called after the user has chosen. */
export async function exportDiagnostics(
  language: Language,
  read: () => Promise<DiagnosticsSource>,
): Promise<{ readonly path: string } | null> {
  const now = Date.now()
  const { canceled, filePath } = await dialog.showSaveDialog({
    title: shellText(language, 'exportTitle'),
    defaultPath: join(app.getPath('home'), `ai-proxy-diagnostics-${new Date(now).toISOString().slice(0, 10)}.json`),
    filters: [{ name: 'JSON', extensions: ['json'] }],
  })
  if (canceled || filePath === '') return null
  const { electron, chrome, node, v8 } = process.versions
  const text = diagnosticsText({
    ...(await read()),
    now,
    versions: { electron, chrome, node, v8 },
    system: { type: type(), release: release(), arch: arch(), memoryMb: Math.round(totalmem() / 1_048_576) },
    home: homedir(),
  })
  await writeFile(filePath, text, { mode: 0o600 })
  return { path: filePath }
}
