/** Prints the counts of a vitest JSON report as `.ci/run` ends with them; fails when a test failed or none ran. */
import './require-node.mjs'
import { readFileSync } from 'node:fs'

const report = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'))
const { numPassedTests: passed, numFailedTests: failed, numPendingTests: pending, numTodoTests: todo } = report
const skipped = pending + todo

console.log(`Test files: ${report.testResults.length}`)
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
if (passed === 0 || failed > 0 || !report.success) process.exit(1)
