/** A call to the engine as state. An answer that is no longer asked for is thrown away. */
import { useCallback, useEffect, useState } from 'react'
import { toFailure, type ControlFailure } from './client.ts'

export interface Query<T> {
  /** The newest answer; it stays while a reload runs or fails, and goes when `key` changes. */
  readonly data: T | undefined
  /** Of the newest try; null while it runs or after it answered. */
  readonly error: ControlFailure | null
  readonly loading: boolean
  /** Asks again, keeping what is shown. */
  readonly reload: () => void
}

interface Answer<T> {
  readonly key: string
  readonly tries: string
  readonly data: T | undefined
  readonly error: ControlFailure | null
}

/**
 * @param key - names what is asked: another key is another question, and its answer starts empty.
 * @param ask - may change at every render; only `key`, `refresh` and `reload` ask again.
 * @param options.refresh - asks again when it changes, keeping what is shown (a revision, a count of connections).
 */
export function useQuery<T>(
  key: string,
  ask: () => Promise<T>,
  options?: { readonly refresh?: string | number },
): Query<T> {
  const [count, setCount] = useState(0)
  const [answer, setAnswer] = useState<Answer<T> | null>(null)
  const tries = `${key}\n${options?.refresh ?? ''}\n${count}`

  useEffect(() => {
    let stale = false
    const keep = (data: T | undefined, error: ControlFailure | null) => {
      if (stale) return
      setAnswer((before) => ({
        key,
        tries,
        data: error !== null && before?.key === key ? before.data : data,
        error,
      }))
    }
    ask().then(
      (data) => keep(data, null),
      (error: unknown) => keep(undefined, toFailure(error)),
    )
    return () => {
      stale = true
    }
    // `ask` is new at every render by design: `tries` names the question.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [tries])

  const reload = useCallback(() => setCount((before) => before + 1), [])
  const current = answer?.key === key ? answer : null
  const loading = current?.tries !== tries
  return { data: current?.data, error: loading ? null : (current?.error ?? null), loading, reload }
}
