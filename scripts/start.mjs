/**
 * `npm start`: AI Proxy as a user of this machine wants it. As a desktop app where Electron and a display are there,
 * else headless, saying why. Config and keys lie in the per-user data folder and not in the clone, where they would
 * end up in a commit.
 *
 * Flags of its own: `--headless`, `--no-download` (or AI_PROXY_NO_DOWNLOAD=1), `--download` (again, after it failed).
 */
import './require-node.mjs'
import { join } from 'node:path'
import { buildIfStale } from './build.mjs'
import { runChild } from './child.mjs'
import { fetchElectron, findElectron, forgetFailure, recallFailure, rememberFailure } from './electron-binary.mjs'
import { projectFolder } from './freshness.mjs'
import { runHeadless } from './headless.mjs'
import { argumentsFor, planStart, startFailure } from './start-plan.mjs'

const args = process.argv.slice(2)
const packageFolder = join(projectFolder, 'node_modules/electron')
const failureFile = join(projectFolder, 'node_modules/.cache/ai-proxy/electron-download.json')

function plan() {
  return planStart({
    args,
    env: process.env,
    platform: process.platform,
    isRoot: process.getuid?.() === 0,
    electron: findElectron(packageFolder, process.env),
    failure: recallFailure(failureFile, packageFolder, Date.now()),
    now: Date.now(),
  })
}

async function startElectron(/** @type {string} */ program) {
  console.error('Starting the desktop app; "npm start -- --headless" starts without it.')
  // Terminals and agents within VS Code and its like may have it set: Electron would be a mere Node then.
  const env = { ELECTRON_RUN_AS_NODE: undefined }
  await runChild('Electron', program, [projectFolder, ...argumentsFor(args, 'electron')], env, (end) => {
    const why = startFailure(end)
    if (why !== null) startHeadless(why)
    return why === null
  })
}

/** @param {string | null} why */
function startHeadless(why) {
  if (why !== null) console.error(`Starting headless: ${why}.`)
  const own = argumentsFor(args, 'headless')
  // Somebody looks on: show them the console. `npm run serve` opens nothing.
  if (process.stdout.isTTY && !own.includes('--no-console')) own.unshift('--open')
  runHeadless(['serve', ...own], { AI_PROXY_PREFER_DATA_FOLDER: '1' })
}

/** @returns {Promise<string | null>} why it isn't here, or null. */
async function fetchBinary() {
  console.error('Fetching the Electron binary (about 120 MB, the first time only) …')
  const stop = new AbortController()
  const onSignal = () => stop.abort()
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  const reason = await fetchElectron(packageFolder, {
    limitMs: 180_000,
    silenceMs: 20_000,
    onProgress: (megabytes, seconds) => console.error(`  … ${megabytes} MB, ${seconds} s`),
    signal: stop.signal,
  })
  process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
  if (stop.signal.aborted) process.exit(130)
  if (reason === null) forgetFailure(failureFile)
  else rememberFailure(failureFile, packageFolder, reason, Date.now())
  return reason
}

await buildIfStale()
let next = plan()
if (next.step === 'fetch') {
  const reason = await fetchBinary()
  if (reason !== null) {
    console.error('Behind a firewall, name a mirror in ELECTRON_MIRROR or a proxy in HTTPS_PROXY.')
    next = { step: 'headless', why: `the Electron binary could not be fetched: ${reason}` }
  } else next = plan()
}
if (next.step === 'electron') await startElectron(next.program)
else startHeadless(next.step === 'headless' ? next.why : 'the Electron binary was fetched and is not usable')
