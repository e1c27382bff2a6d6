/** What the guide writes: keys and models for an upstream that is there already, or a new one; a project if there is none. Pure. */
import type { ConfigEdit, ConfigView, UpstreamView } from '../../../proxy/contract.ts'
import { isSameAddress } from '../upstreams/same-address.ts'
import { keysToKeep, writeUpstream, type UpstreamForm } from '../upstreams/upstream-form.ts'

/** The upstream of the file with this address: the shipped config has some that only lack a key. */
export function upstreamAt(upstreams: readonly UpstreamView[], baseUrl: string): UpstreamView | undefined {
  return upstreams.find(({ settings }) => isSameAddress(textOf(settings['base_url']), baseUrl))
}

/** The models to begin with at an address: those of the shipped entry for it, else every one. */
export function modelsAt(upstreams: readonly UpstreamView[], baseUrl: string): readonly string[] {
  const models = upstreamAt(upstreams, baseUrl)?.settings['models']
  const listed = Array.isArray(models) ? models.filter((model) => typeof model === 'string') : []
  return listed.length > 0 ? listed : ['*']
}

/** The models that go with another address; those that somebody chose stay. */
export function modelsAfterMove(
  upstreams: readonly UpstreamView[],
  form: Pick<UpstreamForm, 'base_url' | 'models'>,
  baseUrl: string,
): readonly string[] {
  const isUntouched = JSON.stringify(form.models) === JSON.stringify(modelsAt(upstreams, form.base_url))
  return isUntouched ? modelsAt(upstreams, baseUrl) : form.models
}

/** A name that no other upstream has: "OpenAI", else "OpenAI 2". */
export function freeName(name: string, taken: readonly string[]): string {
  let free = name
  for (let count = 2; taken.includes(free); count += 1) free = `${name} ${count}`
  return free
}

/**
 * @param projectKey - a fresh key, with which a project is made; null when there is a project.
 * @param projectName - of that project, in the user's language.
 */
export function guideEdits(
  view: Pick<ConfigView, 'upstreams' | 'projects'>,
  form: UpstreamForm,
  projectKey: string | null,
  projectName: string,
): readonly ConfigEdit[] {
  const known = upstreamAt(view.upstreams, form.base_url)
  const taken = view.upstreams.map(({ name }) => name)
  const upstreamEdits: readonly ConfigEdit[] =
    known === undefined
      ? [
          {
            op: 'insert',
            path: ['upstreams'],
            index: view.upstreams.length,
            value: writeUpstream({ ...form, name: freeName(form.name, taken) }),
          },
        ]
      : editsOfKnown(known, form)
  return projectKey === null
    ? upstreamEdits
    : [...upstreamEdits, projectEdit(view.projects.length, projectKey, projectName)]
}

/** A project that may use every model. */
export function projectEdit(index: number, key: string, name: string): ConfigEdit {
  const value = { project_name: name, api_key: key, allowed_models: ['*'] }
  return { op: 'insert', path: ['project_auth'], index, value }
}

function editsOfKnown(known: UpstreamView, form: UpstreamForm): readonly ConfigEdit[] {
  const path = ['upstreams', known.index]
  const added = keysToKeep(form).map(({ value }, place): ConfigEdit => ({
    op: 'insert',
    path: [...path, 'keys'],
    index: known.keys.length + place,
    value,
  }))
  const isSame = JSON.stringify(known.settings['models']) === JSON.stringify(form.models)
  return [
    ...added,
    ...(isSame ? [] : [{ op: 'set', path: [...path, 'models'], value: form.models } as const]),
    ...(known.settings['enabled'] === false ? [{ op: 'set', path: [...path, 'enabled'], value: true } as const] : []),
  ]
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
