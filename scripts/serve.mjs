/** `npm run serve -- --config FILE …`: the engine alone, as on a server. Built first when that is needed. */
import './require-node.mjs'
import { buildIfStale } from './build.mjs'
import { runHeadless } from './headless.mjs'

await buildIfStale()
runHeadless(['serve', ...process.argv.slice(2)])
