/** Where an upstream's editor is: by its name, or by its place where the name says too little. Pure. */
import type { UpstreamView } from '../../../proxy/contract.ts'
import { hrefTo } from '../../route.ts'

// Nobody names an upstream like this, and if they do, its place leads to it.
const byPlace = '+'

export function newUpstreamHref(): string {
  return hrefTo('upstreams', [byPlace])
}

export function isNewUpstream(rest: readonly string[]): boolean {
  return rest.length === 1 && rest[0] === byPlace
}

/** A file by hand may have names twice or none at all; then the place in the file leads to the entry. */
export function upstreamHref(upstreams: readonly UpstreamView[], { name, index }: UpstreamView): string {
  const isClear = name !== '' && name !== byPlace && upstreams.filter((other) => other.name === name).length === 1
  return hrefTo('upstreams', isClear ? [name] : [byPlace, String(index)])
}

export function findUpstream(upstreams: readonly UpstreamView[], rest: readonly string[]): UpstreamView | undefined {
  const [first, second] = rest
  if (first === byPlace) return second === undefined ? undefined : upstreams[Number(second)]
  return upstreams.find(({ name }) => name === first)
}
