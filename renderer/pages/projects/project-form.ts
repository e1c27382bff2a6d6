/** A project as the form holds it, and the edits that its changes come to. Pure. */
import { projectSchema } from '../../../proxy/config/schema.ts'
import type { ConfigDiagnostic, ConfigEdit, ProjectView } from '../../../proxy/contract.ts'
import { checkSettings, problem } from '../../check-settings.ts'

export interface ProjectForm {
  readonly name: string
  readonly enabled: boolean
  readonly allowedModels: readonly string[]
  /** A key that isn't saved yet; null = the saved one stays. */
  readonly newKey: string | null
  /** With `newKey`: how long the old one still works; 0 = not at all. */
  readonly graceHours: number
  /** The key before, which still works; true = take it away. */
  readonly endPrevious: boolean
}

export const emptyProject: ProjectForm = {
  name: '',
  enabled: true,
  allowedModels: ['*'],
  newKey: null,
  graceHours: 0,
  endPrevious: false,
}

export function readProject({ name, settings }: ProjectView): ProjectForm {
  const models = settings['allowed_models']
  return {
    ...emptyProject,
    name,
    enabled: settings['enabled'] !== false,
    allowedModels: Array.isArray(models) ? models.filter((model) => typeof model === 'string') : [],
  }
}

/** What is wrong with the form, by the config's own schema; paths are those that the engine would use. */
export function checkProject(
  form: ProjectForm,
  index: number,
  otherNames: readonly string[],
): readonly ConfigDiagnostic[] {
  const path = ['project_auth', index]
  const name = form.name.trim()
  // Saved keys are not known here, and were fine when they were saved.
  const written = { project_name: name, api_key: form.newKey ?? 'saved', allowed_models: form.allowedModels }
  return [
    ...checkSettings(projectSchema, written, path),
    ...(otherNames.includes(name) ? [problem('project_duplicate', [...path, 'project_name'], { project: name })] : []),
  ]
}

/** A whole new project, as it will stand in the file. */
export function writeProject(form: ProjectForm, key: string): Record<string, unknown> {
  return {
    project_name: form.name.trim(),
    ...(form.enabled ? {} : { enabled: false }),
    api_key: key,
    allowed_models: form.allowedModels,
  }
}

/**
 * The edits from `base` to `form`; what did not change is not touched.
 *
 * @param oldKey - the saved key as the file has it, needed when it goes on working beside a new one; else null.
 * @param now - epoch ms, from which the grace period counts.
 */
export function projectEdits(
  base: ProjectForm,
  form: ProjectForm,
  index: number,
  oldKey: string | null,
  now: number,
): ConfigEdit[] {
  const path = ['project_auth', index]
  const set = (name: string, value: unknown): ConfigEdit => ({ op: 'set', path: [...path, name], value })
  const edits: ConfigEdit[] = []
  if (form.name.trim() !== base.name) edits.push(set('project_name', form.name.trim()))
  if (form.enabled !== base.enabled) edits.push(set('enabled', form.enabled))
  if (form.newKey !== null) edits.push(set('api_key', form.newKey))
  if (form.newKey !== null && form.graceHours > 0 && oldKey !== null) {
    edits.push(set('previous_api_key', { key: oldKey, until: untilText(now + form.graceHours * 3_600_000) }))
  } else if (form.endPrevious) edits.push({ op: 'delete', path: [...path, 'previous_api_key'] })
  if (JSON.stringify(form.allowedModels) !== JSON.stringify(base.allowedModels)) {
    edits.push(set('allowed_models', form.allowedModels))
  }
  return edits
}

/** As people read it in the file: 2027-01-31T12:00:00Z. */
function untilText(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`
}
