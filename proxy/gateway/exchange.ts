/** What belongs to one request on its way through the gateway, from the gate to the end of its record. */
import type { IncomingHttpHeaders } from 'node:http'
import type { KeyChange } from '../routing/key-pool.ts'
import type { LiveRecord } from '../records/record.ts'
import type { Target } from '../routing/route.ts'
import type { ProjectSpec, Snapshot } from '../snapshot.ts'
import type { BodyFacts } from './body.ts'
import type { ReceivedBody } from './read-body.ts'
import type { ClientAnswer } from './client-answer.ts'
import type { Endpoint } from './endpoints.ts'
import type { StickyIds } from './sticky-ids.ts'
import type { UpstreamStates } from './upstream.ts'

export interface Exchange {
  readonly id: string
  readonly snapshot: Snapshot
  readonly project: ProjectSpec
  readonly endpoint: Endpoint
  readonly method: string
  /** With `?`, without credentials; '' when there is none. */
  readonly query: string
  readonly clientHeaders: IncomingHttpHeaders
  readonly body: ReceivedBody | null
  readonly facts: BodyFacts
  /** The name that the client asked for; '' where the call names none. */
  readonly model: string
  readonly record: LiveRecord
  readonly answer: ClientAnswer
  /** Notes which upstream and key made an id, for the calls that come back to it. */
  readonly remember: (id: string, upstream: string, keyId: string, alias: string | null) => void
}

/** Where a request goes. */
export interface Plan {
  readonly targets: readonly Target[]
  /** The client asked by an alias: nothing of the supplier may show. */
  readonly isAlias: boolean
  /** The alias that the thing was made by which the call is about; null elsewhere. */
  readonly madeAs: string | null
  /** The only key that will do: the one that made what the call is about. */
  readonly pinnedKeyId: string | null
  /** Filters a list by what the project may see. */
  readonly rewriteJson: ((value: unknown) => unknown) | null
}

/** Something about a key or model that the operator should hear of. */
export type GatewayEvent =
  | {
      readonly kind: 'key'
      readonly upstream: string
      readonly keyLabel: string
      readonly model: string
      readonly change: KeyChange
    }
  | { readonly kind: 'model-unavailable'; readonly model: string; readonly reason: string }

export interface GatewayServices {
  readonly states: UpstreamStates
  readonly stickyIds: StickyIds
  readonly onEvent: (event: GatewayEvent) => void
}
