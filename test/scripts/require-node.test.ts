import { expect, it } from 'vitest'
import { nodeProblem } from '../../scripts/require-node.mjs'

it.each(['22.22.0', '22.23.1', '23.0.0', '24.21.0', '26.0.0'])('takes Node %s', (version) => {
  expect(nodeProblem(version)).toBeNull()
})

it.each(['18.20.8', '20.20.2', '22.9.0', '22.21.9'])('refuses Node %s in one sentence', (version) => {
  expect(nodeProblem(version)).toContain(`needs Node 22.22 or newer, but this is Node ${version}`)
})
