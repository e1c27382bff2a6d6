/** The config as the forms show it: values as written, secrets masked. Pure. */
import { parseUntil } from '../config/schema.ts'
import type { KeyView, ProjectView, UpstreamView } from '../contract.ts'
import { redactSecrets } from '../providers/redact.ts'
import { maskSecret } from '../secret-forms.ts'
import { maskSettings } from './masking.ts'
import type { Settings, WrittenConfig, WrittenKey, WrittenProject } from './written-config.ts'

export interface ViewOptions {
  readonly keyIdOf: (secret: string) => string
  /** Epoch ms. */
  readonly now: number
}

export interface WrittenView {
  readonly server: Settings
  readonly upstreams: readonly UpstreamView[]
  readonly projects: readonly ProjectView[]
}

export function viewOf(written: WrittenConfig, { keyIdOf, now }: ViewOptions): WrittenView {
  const secrets = secretsOf(written)
  return {
    server: maskSettings(written.server, secrets),
    upstreams: written.upstreams.map(({ name, settings, keys }, index) => ({
      index,
      name: redactSecrets(name, secrets),
      settings: maskSettings(settings, secrets),
      keys: keys.map((key, at) => keyView(key, at, keyIdOf)),
    })),
    projects: written.projects.map((project, index) => projectView(project, index, secrets, now)),
  }
}

/** Every secret that the text holds, long enough to be searched for. */
function secretsOf(written: WrittenConfig): readonly string[] {
  return [
    ...written.upstreams.flatMap(({ keys }) => keys.map(({ secret }) => secret)),
    ...written.projects.map(({ key }) => key.secret),
  ].filter((secret) => secret.length >= 6)
}

function keyView(key: WrittenKey, index: number, keyIdOf: (secret: string) => string): KeyView {
  const { secret, name, enabled, envName, envMissing } = key
  const masked = envMissing ? `\${${envName}}` : maskSecret(secret)
  return { index, keyId: keyIdOf(secret), label: name ?? masked, name, masked, enabled, envName, envMissing }
}

function projectView(project: WrittenProject, index: number, secrets: readonly string[], now: number): ProjectView {
  const { name, settings, key } = project
  const previous = settings['previous_api_key']
  const until = typeof previous === 'object' && previous !== null && 'until' in previous ? previous.until : null
  const previousKeyUntil = typeof until === 'string' ? parseUntil(until.trim()) : null
  return {
    index,
    name,
    settings: maskSettings(settings, secrets),
    maskedKey: key.envMissing ? `\${${key.envName}}` : maskSecret(key.secret),
    previousKeyUntil: previousKeyUntil !== null && previousKeyUntil > now ? previousKeyUntil : null,
  }
}
