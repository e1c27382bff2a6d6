/**
 * 500 requests a second through the program while its log is open. What the browser calls a long task is printed, not
 * judged, since the machine runs other things too; a page that still answers a click under load is judged.
 */
import { setTimeout } from 'node:timers/promises'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { texts as en } from '../../renderer/locales/en/index.ts'
import { launchBrowser } from '../helpers/browser.ts'
import { startScriptedUpstream } from '../helpers/scripted-upstream.ts'
import { openConsole, projectKey, startProgram } from './program.ts'

const perBatch = 25
const batchMs = 50
const leastBatches = 60

let browser: Browser

beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())

it(
  'shows 500 requests a second, answers a click meanwhile, and every request is answered',
  { timeout: 60_000 },
  async () => {
    const upstream = await startScriptedUpstream()
    onTestFinished(() => upstream.close())
    const program = await startProgram(`server:
  port: 0
upstreams:
  - { name: one, base_url: "${upstream.url}", models: ["m"], keys: ["sk-one-000000001"] }
project_auth:
  - { project_name: tests, api_key: ${projectKey}, allowed_models: ["*"] }
`)
    const { page, problems } = await openConsole(browser, program, 'requests', { reducedMotion: 'no-preference' })
    const ask = async () => {
      const { status, body } = await program
        .ask('m')
        .then(async (reply) => ({ status: reply.status, body: await reply.text() }))
      return status === 200 ? 'answered' : `${status} ${body}`
    }
    expect(await ask()).toBe('answered')
    await page.getByRole('grid').locator('[data-request]').first().waitFor()
    await page.evaluate(watchLongTasks)

    const asked: Promise<string>[] = []
    let hasReacted = false
    const startedAt = performance.now()
    const load = (async () => {
      // A slow machine gets as long as it needs to show that it reacts, under the same load all the while.
      for (let batch = 0; batch < leastBatches || !hasReacted; batch++) {
        for (let index = 0; index < perBatch; index++) asked.push(ask())
        const dueMs = startedAt + (batch + 1) * batchMs - performance.now()
        // By the clock, since a rate is what is proved.
        if (dueMs > 0) await setTimeout(dueMs)
      }
    })()
    await expect.poll(() => asked.length, { timeout: 10_000 }).toBeGreaterThan(perBatch * 10)
    const clickedAt = performance.now()
    await page.getByRole('button', { name: en.requests.pause, exact: true }).click()
    const resume = page.getByRole('button', { name: /^Resume/ })
    await resume.getByText(/[1-9]\d* waits?/).waitFor()
    const reactedMs = performance.now() - clickedAt
    hasReacted = true
    await load
    const sentMs = performance.now() - startedAt
    const answers = await Promise.all(asked)
    const answeredMs = performance.now() - startedAt

    expect(answers.filter((text) => text !== 'answered')).toEqual([])
    await resume.click()
    await page.locator(`[role="grid"][aria-rowcount="${asked.length + 2}"]`).waitFor()
    await page.getByRole('grid').locator('[data-request]').last().getByText(en.common.end.done).waitFor()
    const longTasks = await page.evaluate(readLongTasks)
    console.log(
      `${asked.length} requests asked in ${sentMs.toFixed(0)} ms, answered after ${answeredMs.toFixed(0)} ms; ` +
        `paused within ${reactedMs.toFixed(0)} ms; ${longTasks.length} tasks over 50 ms, longest ${Math.max(0, ...longTasks).toFixed(0)} ms`,
    )
    expect(upstream.requests.length).toBe(asked.length + 1)
    expect(problems).toEqual([])
  },
)

interface Watching extends Window {
  longTasks?: number[]
}

/** Runs in the page. */
function watchLongTasks(): void {
  const longTasks: number[] = []
  const target: Watching = window
  target.longTasks = longTasks
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) longTasks.push(entry.duration)
  }).observe({ type: 'longtask' })
}

/** Runs in the page. */
function readLongTasks(): readonly number[] {
  const target: Watching = window
  return target.longTasks ?? []
}
