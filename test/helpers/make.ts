/**
 * Builders of complete valid values: a test states only what matters to it. Config builders give what stands in
 * config.yaml (snake_case), to be written to a file or given to `startEngine`.
 */
import type { ScriptedUpstream } from './scripted-upstream.ts'

/** A config as it stands in the file. Values are not typed: tests write wrong ones too. */
export interface ConfigText {
  readonly server?: Readonly<Record<string, unknown>>
  readonly upstreams?: readonly Readonly<Record<string, unknown>>[]
  readonly project_auth?: readonly Readonly<Record<string, unknown>>[]
}

/** ClientKey of the project that `makeConfig` adds by itself. */
export const testKey = 'ak-test-0123456789abcdef'

/**
 * An upstream of config.yaml that points to a scripted one (or to any base URL). It serves `m` and `m2`: with `*` or a
 * pattern the engine asks for `GET /v1/models` on its own, which would eat a scripted step.
 */
export function makeUpstream(
  name: string,
  target: Pick<ScriptedUpstream, 'url'> | string,
  settings: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  return {
    name,
    base_url: typeof target === 'string' ? target : target.url,
    models: ['m', 'm2'],
    keys: [`sk-${name}-0001`],
    ...settings,
  }
}

/** A project of config.yaml. */
export function makeProject(
  name: string,
  apiKey: string,
  settings: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  return { project_name: name, api_key: apiKey, allowed_models: ['*'], ...settings }
}

/** The text of a config.yaml (JSON is YAML too). Without projects there is one, `tests`, with `testKey` and `*`. */
export function makeConfig(config: ConfigText): string {
  const project_auth = config.project_auth ?? [makeProject('tests', testKey)]
  return `${JSON.stringify({ server: { port: 0 }, upstreams: [], ...config, project_auth }, null, 2)}\n`
}
