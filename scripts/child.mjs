/** Runs a program as a child, so that a launcher behaves like the program itself. */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'

/** Signals closer together than this are one: npm passes on what the terminal has already sent to everybody. */
const burstMs = 500

/**
 * Runs a program in this terminal and ends with its exit code. Resolves only when `onEnd` takes the end over.
 *
 * @param {string} name - for the message when it can't be started.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {Record<string, string | undefined>} [env] - in addition to the environment of this process; undefined takes away.
 * @param {(end: ChildEnd) => boolean} [onEnd] - false: this process goes on.
 * @returns {Promise<void>}
 *
 * @typedef {object} ChildEnd
 * @property {number | null} code - null when a signal ended it, or when it was never started.
 * @property {NodeJS.Signals | null} signal
 * @property {boolean} wasStopped - somebody asked for it.
 * @property {number} tookMs
 */
export function runChild(name, program, args, env = {}, onEnd = () => true) {
  return new Promise((resolve) => {
    const startedAt = performance.now()
    // Listening comes first: a signal that met us between the two would leave the child behind.
    const signals = passSignalsOn((signal) => child.kill(signal))
    const child = spawn(program, [...args], { stdio: 'inherit', env: { ...process.env, ...env } })
    /** @param {number | null} code @param {NodeJS.Signals | null} signal */
    const end = (code, signal) => {
      const wasStopped = signals.stop()
      if (!onEnd({ code, signal, wasStopped, tookMs: performance.now() - startedAt })) return resolve()
      process.exit(code ?? (signal === null ? 1 : 128 + constants.signals[signal]))
    }
    child.on('error', (error) => {
      console.error(`${name} could not be started: ${error.message}`)
      end(null, null)
    })
    child.on('exit', end)
  })
}

/**
 * What is told to stop this process is told to the child.
 *
 * @param {(signal: NodeJS.Signals) => void} tell - called from the event loop only.
 */
function passSignalsOn(tell) {
  let lastSignalAt = -Infinity
  let isStopping = false
  /** @param {NodeJS.Signals} signal */
  const forward = (signal) => {
    const now = performance.now()
    if (now - lastSignalAt > burstMs) tell(signal)
    lastSignalAt = now
  }
  /** @param {NodeJS.Signals} signal */
  const stop = (signal) => {
    isStopping = true
    forward(signal)
  }
  const onTerm = () => stop('SIGTERM')
  const onInterrupt = () => {
    // A terminal sends Ctrl+C to the child as well; twice would mean "stop at once".
    if (process.stdin.isTTY) isStopping = true
    else stop('SIGINT')
  }
  const onHangUp = () => {
    // To the engine a hang-up means "reload", but when the terminal is closed nobody is left to stop it.
    if (process.stdin.isTTY) stop('SIGTERM')
    else forward('SIGHUP')
  }
  process.on('SIGTERM', onTerm)
  process.on('SIGINT', onInterrupt)
  process.on('SIGHUP', onHangUp)
  const unwatch = onShellGone(() => {
    if (!isStopping) stop('SIGTERM')
  })
  return {
    /** Ends it; tells whether a signal to stop has come. */
    stop() {
      process.off('SIGTERM', onTerm).off('SIGINT', onInterrupt).off('SIGHUP', onHangUp)
      unwatch()
      return isStopping
    },
  }
}

/**
 * npm passes a signal on to the shell in which it runs a script, and the shell dies of it without telling anybody.
 *
 * @param {() => void} callback
 * @returns {() => void} ends it.
 */
function onShellGone(callback) {
  if (process.env['npm_lifecycle_event'] === undefined || process.platform === 'win32') return () => undefined
  const shell = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === shell) return
    clearInterval(timer)
    // A signal that came to the shell and to us alike is heard first.
    setImmediate(callback)
  }, 200)
  return () => clearInterval(timer)
}
