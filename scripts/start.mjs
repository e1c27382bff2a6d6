/**
 * `npm start`: AI Proxy as a user of this machine wants it, with config and keys in the per-user data folder and
 * not in the clone, where they would end up in a commit.
 */
import './require-node.mjs'
import { buildIfStale } from './build.mjs'
import { runHeadless } from './headless.mjs'

const args = process.argv.slice(2).filter((arg) => arg !== '--headless')

// Somebody looks on: show them the console. `npm run serve` opens nothing.
if (process.stdout.isTTY && !args.includes('--no-console')) args.unshift('--open')

await buildIfStale()
runHeadless(['serve', ...args], { AI_PROXY_PREFER_DATA_FOLDER: '1' })
