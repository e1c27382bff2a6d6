/**
 * Import this first: it ends the program with one sentence where Node is too old to run anything else here.
 * `npm ci` brings a fitting Node for Linux and Windows, and npm scripts find that one first; a script started by
 * hand, or on macOS, runs on whatever Node is there.
 */
import { readFileSync } from 'node:fs'

/**
 * One sentence saying why this Node won't do, or null when it will. The floor is `engines.node` in package.json.
 *
 * @param {string} version - as in `process.versions.node`.
 * @returns {string | null}
 */
export function nodeProblem(version = process.versions.node) {
  const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  const floor = engines.node.replace('>=', '')
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [floorMajor = 0, floorMinor = 0] = floor.split('.').map(Number)
  if (major > floorMajor || (major === floorMajor && minor >= floorMinor)) return null
  return `AI Proxy needs Node ${floor} or newer, but this is Node ${version}: run "npm ci" and start it with "npm start" or "npm run serve" (on macOS install a newer Node first, see https://nodejs.org).`
}

const problem = nodeProblem()
if (problem !== null) {
  console.error(problem)
  process.exit(1)
}
