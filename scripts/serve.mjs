/** `npm run serve -- --config FILE …`: the engine alone, as on a server. Built first when that is needed. */
import './require-node.mjs'
import { buildIfStale } from './build.mjs'
import { runHeadless } from './headless.mjs'

await buildIfStale()
// In a clone ./config.yaml is the template that everybody shares: the user's own config lies in the data folder.
runHeadless(['serve', ...process.argv.slice(2)], { AI_PROXY_PREFER_DATA_FOLDER: '1' })
