import { nodeProblem } from '../scripts/require-node.mjs'
import { findBrowser } from './helpers/browser-path.ts'

/** Before the first test: the Node that the engine needs, which vitest itself starts without, and the browser for all. */
export async function setup(): Promise<void> {
  const problem = nodeProblem()
  if (problem !== null) throw new Error(problem)
  const browser = process.env['AI_PROXY_TEST_BROWSER'] ?? (await findBrowser())
  if (browser !== null) process.env['AI_PROXY_TEST_BROWSER'] = browser
}
