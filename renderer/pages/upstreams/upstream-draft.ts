/** The form as the engine's tools take it: "Test" and "fetch models" work before anything is saved. Pure. */
import type { UpstreamDraft } from '../../../proxy/contract.ts'
import { keysToKeep, type KeyForm, type UpstreamForm } from './upstream-form.ts'

/**
 * @param savedName - the upstream's name in the file, where its saved keys are found; null for a new one.
 * @param key - null for an upstream that needs none.
 */
export function toUpstreamDraft(form: UpstreamForm, savedName: string | null, key: KeyForm | null): UpstreamDraft {
  return {
    name: form.name.trim(),
    baseUrl: form.base_url.trim(),
    pathPrefix: form.path_prefix.trim() === '' ? null : form.path_prefix.trim(),
    proxy: form.proxy.trim() === '' ? null : form.proxy.trim(),
    headers: Object.fromEntries(
      form.headers
        .filter((header) => header.name.trim() !== '')
        .map((header) => [header.name.trim(), header.value.trim()]),
    ),
    key: keyOf(savedName, key),
  }
}

/** Keys that can be tried: switched on, and not waiting for deletion. */
export function usableKeys(form: UpstreamForm): readonly KeyForm[] {
  return keysToKeep(form).filter((key) => key.enabled && key.saved?.envMissing !== true)
}

function keyOf(savedName: string | null, key: KeyForm | null): UpstreamDraft['key'] {
  if (key === null) return { kind: 'none' }
  if (key.saved === null || savedName === null) return { kind: 'literal', value: key.value }
  return { kind: 'saved', upstream: savedName, keyId: key.saved.keyId }
}
