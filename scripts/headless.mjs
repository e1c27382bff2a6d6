/** Runs the built command line as a child, so that a launcher behaves like the program itself. */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { join } from 'node:path'
import { projectFolder } from './freshness.mjs'

/** Signals closer together than this are one: npm passes on what the terminal has already sent to everybody. */
const burstMs = 500

/**
 * Runs `ai-proxy <args>` in this terminal and ends with its exit code. Resolves never; the process ends instead.
 *
 * @param {readonly string[]} args
 * @param {Record<string, string>} env - in addition to the environment of this process.
 */
export function runHeadless(args, env = {}) {
  const child = spawn(process.execPath, [join(projectFolder, 'out/main/cli.js'), ...args], {
    stdio: 'inherit',
    env: { ...process.env, ...env },
  })
  child.on('error', (error) => {
    console.error(`The engine could not be started: ${error.message}`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (signal === null ? 0 : constants.signals[signal])))

  let lastSignalAt = -Infinity
  let isStopping = false
  /** @param {NodeJS.Signals} signal */
  const forward = (signal) => {
    const now = performance.now()
    if (now - lastSignalAt > burstMs) child.kill(signal)
    lastSignalAt = now
  }
  /** @param {NodeJS.Signals} signal */
  const stop = (signal) => {
    isStopping = true
    forward(signal)
  }
  process.on('SIGTERM', () => stop('SIGTERM'))
  process.on('SIGINT', () => {
    // A terminal sends Ctrl+C to the child as well; twice would mean "stop at once".
    if (process.stdin.isTTY) isStopping = true
    else stop('SIGINT')
  })
  process.on('SIGHUP', () => {
    // To the engine a hang-up means "reload", but when the terminal is closed nobody is left to stop it.
    if (process.stdin.isTTY) stop('SIGTERM')
    else forward('SIGHUP')
  })
  onShellGone(() => {
    if (!isStopping) stop('SIGTERM')
  })
}

/**
 * npm passes a signal on to the shell in which it runs a script, and the shell dies of it without telling anybody.
 *
 * @param {() => void} callback
 */
function onShellGone(callback) {
  if (process.env['npm_lifecycle_event'] === undefined || process.platform === 'win32') return
  const shell = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === shell) return
    clearInterval(timer)
    // A signal that came to the shell and to us alike is heard first.
    setImmediate(callback)
  }, 200)
}
