/** Which project and model the guides are made for. Kept while the console is open; falls back when one is gone. */
import { useState } from 'react'
import type { ModelEntry, Protocol } from '../../../proxy/contract.ts'
import { useClient, useConsole } from '../../console-context.ts'
import { useQuery } from '../../use-query.ts'

export interface ConnectChoice {
  /** Null while there is no project that is on. */
  readonly project: string | null
  readonly setProject: (name: string) => void
  /** What the project may ask for. */
  readonly models: readonly string[]
  /** Null while the project may ask for nothing. */
  readonly model: string | null
  readonly setModel: (name: string) => void
  /** Protocols that the model can be asked in. */
  readonly speaks: readonly Protocol[]
  readonly isLoading: boolean
}

const none: readonly string[] = []

export function useConnectChoice(): ConnectChoice {
  const client = useClient()
  const status = useConsole((state) => state.status)
  const refresh = useConsole((state) => `${state.connections} ${state.status?.config.appliedRevision ?? ''}`)
  const [wantedProject, setProject] = useState<string | null>(null)
  const [wantedModel, setModel] = useState<string | null>(null)
  const usable = status?.projects.filter(({ enabled }) => enabled).map(({ name }) => name) ?? none
  const project = usable.find((name) => name === wantedProject) ?? usable[0] ?? null
  const answered = useQuery(
    `project models ${project ?? ''}`,
    () => (project === null ? Promise.resolve(none) : client.listProjectModels(project)),
    { refresh },
  )
  const all = useQuery('models', () => client.listModels(), { refresh })
  const models = answered.data ?? none
  const model = models.find((name) => name === wantedModel) ?? models[0] ?? null
  const entry = all.data?.find(({ name }) => name === model)
  const speaks = speaksOf(entry, (upstream) => status?.upstreams.find(({ name }) => name === upstream)?.speaks ?? [])
  const isLoading = answered.data === undefined || all.data === undefined
  return { project, setProject, models, model, setModel, speaks, isLoading }
}

/** A model that no list names (a `*` upstream) may be asked for as well: then nobody knows, and chat is assumed. */
export function speaksOf(
  entry: ModelEntry | undefined,
  speaksOfUpstream: (name: string) => readonly Protocol[],
): readonly Protocol[] {
  if (!entry) return ['chat']
  const usable = entry.targets.filter((target) => target.usable)
  return [...new Set(usable.flatMap(({ upstream }) => speaksOfUpstream(upstream)))]
}
