/**
 * `npm run dev`: the console from its sources with hot updates, and the built engine behind it. Open the address
 * that Vite prints with the `#token=…` of the engine's console URL. Arguments go to the engine.
 */
import './require-node.mjs'
import { join } from 'node:path'
import { buildIfStale } from './build.mjs'
import { projectFolder } from './freshness.mjs'
import { runHeadless } from './headless.mjs'

await buildIfStale()
runHeadless(['serve', ...process.argv.slice(2)], { AI_PROXY_PREFER_DATA_FOLDER: '1' })

const { createServer } = await import('vite')
const server = await createServer({ configFile: join(projectFolder, 'vite.config.ts') })
await server.listen()
server.printUrls()
