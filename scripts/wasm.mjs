// Makes proxy/gateway/json-skip-wasm.ts of its source, json-skip.wat. Run after a change there: `npm run wasm`.
import { readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import openWabt from 'wabt'

const source = new URL('../proxy/gateway/json-skip.wat', import.meta.url)
const target = new URL('../proxy/gateway/json-skip-wasm.ts', import.meta.url)

/** The text of the module that holds the compiled source. */
export async function skipModuleText() {
  const wabt = await openWabt()
  const module = wabt.parseWat('json-skip.wat', readFileSync(source, 'utf8'), { simd: true })
  module.validate()
  const { buffer } = module.toBinary({})
  const lines = Buffer.from(buffer)
    .toString('base64')
    .match(/.{1,110}/g)
    ?.map((line) => `  '${line}',`)
  return `/** Made of json-skip.wat by \`npm run wasm\`: never edited. */
export const skipWasm = [
${lines?.join('\n')}
].join('')
`
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  writeFileSync(target, await skipModuleText())
