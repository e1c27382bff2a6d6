/**
 * Loaded into the measured process before its own code (`node --import`): reports what the process itself says of
 * its time and memory. The product knows nothing of it, and nothing runs unless it is asked.
 */
import { writeFileSync } from 'node:fs'
import { Session } from 'node:inspector'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { answerParent } from './channel.ts'
import type { ProbeQuestion, ProcessUsage } from './messages.ts'

const RESOLUTION_MS = 1

let histogram: ReturnType<typeof monitorEventLoopDelay> | null = null
let session: Session | null = null

answerParent(answer, { keepsAlive: false })

function answer(question: ProbeQuestion): unknown {
  switch (question.ask) {
    case 'usage':
      return usage()
    case 'watch-blocks':
      histogram ??= monitorEventLoopDelay({ resolution: RESOLUTION_MS })
      histogram.enable()
      histogram.reset()
      return null
    case 'longest-block':
      return histogram ? Math.max(0, histogram.max / 1e6 - RESOLUTION_MS) : null
    case 'profile-start':
      return startProfile()
    case 'profile-stop':
      return stopProfile(question.file)
  }
}

function usage(): ProcessUsage {
  const { user, system } = process.cpuUsage()
  const main = process.threadCpuUsage()
  const { rss, heapUsed } = process.memoryUsage()
  return { cpuUs: user + system, mainUs: main.user + main.system, rssBytes: rss, heapBytes: heapUsed }
}

async function startProfile(): Promise<null> {
  session = new Session()
  session.connect()
  await post(session, 'Profiler.enable')
  await post(session, 'Profiler.setSamplingInterval', { interval: 200 })
  await post(session, 'Profiler.start')
  return null
}

async function stopProfile(file: string): Promise<null> {
  if (!session) return null
  const { profile } = await post(session, 'Profiler.stop')
  session.disconnect()
  session = null
  writeFileSync(file, JSON.stringify(profile))
  return null
}

function post(to: Session, method: string, parameters: object = {}): Promise<{ readonly profile?: unknown }> {
  return new Promise((resolve, reject) => {
    to.post(method, parameters, (error: Error | null, result?: object) =>
      error ? reject(error) : resolve(result ?? {}),
    )
  })
}
