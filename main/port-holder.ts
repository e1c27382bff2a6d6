/** Who listens on a port, as far as the system tells a program without special rights. */
import { basename } from 'node:path'
import type { Run } from './run.ts'

/** The program's name, with its process id where known: "nginx (1234)". Null when the system doesn't tell. */
export async function findPortHolder(port: number, platform: NodeJS.Platform, run: Run): Promise<string | null> {
  switch (platform) {
    case 'win32':
      return holderOnWindows(port, run)
    case 'linux':
      return (await holderBySs(port, run)) ?? holderByLsof(port, run)
    default:
      return holderByLsof(port, run)
  }
}

export interface Holder {
  readonly name: string
  readonly pid: string
}

/** From `ss -ltnpH`: … users:(("node",pid=123,fd=18)). No users part: it belongs to another user. */
export function holderInSs(output: string): Holder | null {
  const [, name, pid] = /users:\(\("([^"]+)",pid=(\d+)/.exec(output) ?? []
  return name === undefined || pid === undefined ? null : { name, pid }
}

/** From `lsof -Fpc`: lines p<pid> and c<command>. */
export function holderInLsof(output: string): string | null {
  const [, pid] = /^p(\d+)$/m.exec(output) ?? []
  const [, name] = /^c(.+)$/m.exec(output) ?? []
  return name === undefined || pid === undefined ? null : `${name} (${pid})`
}

/** The process id from `netstat -ano -p TCP`. The words for the state are translated, so the remote end 0 tells who listens. */
export function pidInNetstat(output: string, port: number): number | null {
  for (const line of output.split('\n')) {
    const [protocol, local = '', remote = '', ...rest] = line.trim().split(/\s+/)
    if (protocol !== 'TCP' || !local.endsWith(`:${port}`) || !remote.endsWith(':0')) continue
    const pid = Number(rest.at(-1))
    if (Number.isInteger(pid) && pid > 0) return pid
  }
  return null
}

/** From `tasklist /FO CSV /NH`: "nginx.exe","1234",… */
export function nameInTasklist(output: string): string | null {
  return /^"([^"]+)","\d+"/m.exec(output)?.[1] ?? null
}

async function holderBySs(port: number, run: Run): Promise<string | null> {
  const sockets = await run('ss', ['-ltnpH', `sport = :${port}`])
  const holder = sockets === null ? null : holderInSs(sockets)
  if (holder === null) return null
  const { name, pid } = holder
  // What Node calls its first thread, and Linux then calls the process; the program's file says more.
  const isThread = /^(node-)?MainThread$/.test(name)
  const file = isThread ? await run('readlink', [`/proc/${pid}/exe`]) : null
  return `${file === null ? name : basename(file.trim())} (${pid})`
}

async function holderByLsof(port: number, run: Run): Promise<string | null> {
  const output = await run('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'])
  return output === null ? null : holderInLsof(output)
}

async function holderOnWindows(port: number, run: Run): Promise<string | null> {
  const sockets = await run('netstat', ['-ano', '-p', 'TCP'])
  const pid = sockets === null ? null : pidInNetstat(sockets, port)
  if (pid === null) return null
  const tasks = await run('tasklist', ['/FI', `PID eq ${pid}`, '/FO', 'CSV', '/NH'])
  const name = tasks === null ? null : nameInTasklist(tasks)
  return name === null ? `PID ${pid}` : `${name} (${pid})`
}
