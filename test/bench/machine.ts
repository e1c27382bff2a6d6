/** What the machine offers, and how busy others keep it meanwhile. Facts that only Linux tells are null elsewhere. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'

/** Kernel ticks a second in /proc: 100 on every Linux that Node runs on (USER_HZ). */
const TICKS_PER_SECOND = 100

/** Which cores the contenders and the tools run on; null where processes cannot be pinned. */
export interface Pinning {
  readonly contenders: number
  readonly upstream: number
  readonly load: number
}

export function choosePinning(): Pinning | null {
  const cores = allowedCores()
  const [first, second, third] = cores
  if (first === undefined || second === undefined || spawnSync('taskset', ['-V']).status !== 0) return null
  return { contenders: first, upstream: second, load: third ?? second }
}

/** Moves this process off the core of the contenders. */
export function pinSelf(pinning: Pinning | null): void {
  if (pinning) spawnSync('taskset', ['-a', '-cp', String(pinning.load), String(process.pid)])
}

export function describeMachine(): string {
  const model = cpus()[0]?.model ?? 'unknown processor'
  return `${cpus().length} cores (${model}), ${process.platform}, Node ${process.versions.node}`
}

/** User and system time of a foreign process, µs; null when it cannot be known. */
export function cpuOfProcess(pid: number): number | null {
  const fields = statFields(`/proc/${pid}/stat`)
  return fields === null ? null : ((Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND) * 1e6
}

/** Resident memory of a foreign process, bytes. */
export function memoryOfProcess(pid: number): number | null {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1]
  return kilobytes === undefined ? null : Number(kilobytes) * 1024
}

/** Begins to watch what others take of the machine; the answer is their share of all cores, 0 to 1, or null. */
export function watchOthers(): () => number | null {
  const before = spent()
  return () => {
    const after = spent()
    if (!before || !after) return null
    const busy = after.machine - before.machine
    const own = after.own - before.own
    return Math.max(0, busy - own) / Math.max(1, after.all - before.all)
  }
}

/** Processes that wanted to run in the last minute, on average. */
export function loadOfLastMinute(): number {
  return loadavg()[0] ?? 0
}

// In ticks: what the machine has worked, what it could have, and what this process and its ended children have.
function spent(): { readonly machine: number; readonly all: number; readonly own: number } | null {
  const line = read('/proc/stat')?.split('\n', 1)[0]
  const own = statFields(`/proc/${process.pid}/stat`)
  if (line === undefined || own === null) return null
  const [user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, softIrq = 0] = line
    .split(/\s+/)
    .slice(1)
    .map(Number)
  const machine = user + nice + system + irq + softIrq
  return { machine, all: machine + idle + wait, own: own.slice(11, 15).reduce((sum, field) => sum + Number(field), 0) }
}

// Fields from the third on: the second is the name, which may hold anything (proc(5)).
function statFields(path: string): readonly string[] | null {
  const text = read(path)
  return text === null ? null : text.slice(text.lastIndexOf(')') + 2).split(' ')
}

function allowedCores(): readonly number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(read('/proc/self/status') ?? '')?.[1] ?? ''
  return list.split(',').flatMap((range) => {
    const [from = Number.NaN, to = from] = range.split('-').map(Number)
    return Number.isInteger(from) ? Array.from({ length: to - from + 1 }, (_, index) => from + index) : []
  })
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // Another system, or a process that has ended.
    return null
  }
}
