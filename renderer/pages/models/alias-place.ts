/** Where an alias is edited: `#/models/alias/fast`, and `#/models/new` for one that isn't there yet. */
import { hrefTo } from '../../route.ts'

export type AliasPlace = { readonly kind: 'list' } | { readonly kind: 'new' } | { readonly kind: 'alias'; name: string }

export function readAliasPlace([first, name]: readonly string[]): AliasPlace {
  if (first === 'new') return { kind: 'new' }
  return first === 'alias' && name !== undefined ? { kind: 'alias', name } : { kind: 'list' }
}

export const newAliasHref = hrefTo('models', ['new'])

export function aliasHref(name: string): string {
  return hrefTo('models', ['alias', name])
}
