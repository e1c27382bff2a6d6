/** Runs "Test" for several keys, a few at a time, and keeps what came of each. */
import { useEffect, useRef, useState } from 'react'
import type { UpstreamDraft, UpstreamTest } from '../../../proxy/contract.ts'
import { toFailure, type ControlFailure } from '../../client.ts'
import { useClient } from '../../console-context.ts'

export interface TestTarget {
  /** Of the key's row. */
  readonly id: string
  /** Name or masked form of the key; null where no key is needed. */
  readonly label: string | null
  readonly draft: UpstreamDraft
}

export interface TestRun extends TestTarget {
  readonly result: UpstreamTest | 'waiting' | ControlFailure
}

export interface UpstreamTester {
  readonly runs: readonly TestRun[]
  readonly running: boolean
  readonly start: (targets: readonly TestTarget[], model: string) => void
}

// Enough to be quick with many keys, few enough to trip no rate limit.
const atOnce = 3

export function useUpstreamTest(): UpstreamTester {
  const client = useClient()
  const [runs, setRuns] = useState<readonly TestRun[]>([])
  // Answers to an older run, or to a page that is gone, are thrown away.
  const newest = useRef(0)
  useEffect(
    () => () => {
      newest.current += 1
    },
    [],
  )

  function start(targets: readonly TestTarget[], model: string): void {
    newest.current += 1
    const run = newest.current
    setRuns(targets.map((target) => ({ ...target, result: 'waiting' })))
    const queue = [...targets]

    async function work(): Promise<void> {
      for (let target = queue.shift(); target !== undefined && run === newest.current; target = queue.shift()) {
        const { id, draft } = target
        const result = await client.testUpstream(draft, model).catch(toFailure)
        if (run !== newest.current) return
        setRuns((before) => before.map((known) => (known.id === id ? { ...known, result } : known)))
      }
    }
    for (let worker = 0; worker < atOnce; worker += 1) void work()
  }

  return { runs, running: runs.some(({ result }) => result === 'waiting'), start }
}
