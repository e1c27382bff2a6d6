/** What the tray changes in the config. Through the same door as the console's forms, so comments and order stay. */
import type { ConfigEdit, ConfigView, ControlApi, SaveResult } from '../proxy/contract.ts'
import type { Language } from '../proxy/log-texts.ts'
import { DesktopFailure } from './desktop-failure.ts'
import { withPort, withReach } from './port-setting.ts'
import { shellText } from './texts.ts'
import type { Reach } from './tray-menu.ts'

type ConfigControl = Pick<ControlApi, 'getConfig' | 'editConfig'>

export interface ConfigActions {
  /** @throws DesktopFailure as all of these, when nothing was saved. */
  setUpstreamEnabled(name: string, on: boolean): Promise<void>
  /** @param language - null to follow the system. */
  setLanguage(language: Language | null): Promise<void>
  setReach(reach: Reach, currentPort: number): Promise<void>
  setPort(port: number): Promise<void>
}

export function createConfigActions(control: ConfigControl, language: () => Language): ConfigActions {
  const failure = (code: string, key: 'wouldNotApply' | 'changedMeanwhile') =>
    new DesktopFailure(code, shellText(language(), key))

  /** Reads the config and edits what was read; once more when somebody saved in between. */
  async function edit(editsFor: (view: ConfigView) => readonly ConfigEdit[]): Promise<void> {
    let result = await tryEdit(editsFor)
    if (result?.kind === 'conflict') result = await tryEdit(editsFor)
    switch (result?.kind) {
      case undefined:
      case 'applied':
        return
      case 'conflict':
        throw failure('config_changed', 'changedMeanwhile')
      case 'invalid':
        throw new DesktopFailure('config_invalid', firstError(result) ?? shellText(language(), 'wouldNotApply'))
      case 'failed':
        throw new DesktopFailure(result.code, result.message)
    }
  }

  async function tryEdit(editsFor: (view: ConfigView) => readonly ConfigEdit[]): Promise<SaveResult | null> {
    const view = await control.getConfig()
    const edits = editsFor(view)
    return edits.length === 0 ? null : control.editConfig(edits, view.revision)
  }

  return {
    setUpstreamEnabled: (name, on) =>
      edit(({ upstreams }) => {
        const upstream = upstreams.find((known) => known.name === name)
        if (upstream === undefined)
          throw new DesktopFailure('upstream_unknown', shellText(language(), 'noSuchUpstream', { name }))
        const path = ['upstreams', upstream.index, 'enabled']
        // "On" is how it is without a word about it.
        if (!on) return [{ op: 'set', path, value: false }]
        return 'enabled' in upstream.settings ? [{ op: 'delete', path }] : []
      }),
    setLanguage: (wanted) =>
      edit(({ server }) => {
        const path = ['server', 'language']
        if (wanted !== null) return [{ op: 'set', path, value: wanted }]
        return 'language' in server ? [{ op: 'delete', path }] : []
      }),
    setReach: (reach, currentPort) => edit(({ server }) => [setPort(withReach(server['port'], reach, currentPort))]),
    setPort: (port) => edit(({ server }) => [setPort(withPort(server['port'], port))]),
  }
}

function setPort(value: string | number): ConfigEdit {
  return { op: 'set', path: ['server', 'port'], value }
}

function firstError(result: Extract<SaveResult, { kind: 'invalid' }>): string | undefined {
  return result.diagnostics.find(({ severity }) => severity === 'error')?.message
}
