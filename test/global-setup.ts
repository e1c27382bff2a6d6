import { nodeProblem } from '../scripts/require-node.mjs'

/** Stops the run before the first test: vitest itself starts on a Node that lacks what the engine needs. */
export function setup(): void {
  const problem = nodeProblem()
  if (problem !== null) throw new Error(problem)
}
