import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import type { BrowserWorld } from '../support/browser-world.ts'
import { openProfile } from '../support/browser.ts'

const script = fileURLToPath(new URL('pages/late-signals.js', import.meta.url))

/** What comes late on a slow machine: answers, so that an offer is sent again and both copies are answered, and microphones. */
export const lateSignals = (world: BrowserWorld): void =>
  void describe('two links on a slow machine', () => {
    let page: Page
    world.watch()

    before(async () => {
      const context = await openProfile(world.browser)
      await context.route('**/late-signals.js', (route) => route.fulfill({ path: script }))
      page = await context.newPage()
      await page.goto(`${world.cluster.gateway(0).http}/`)
    })
    after(() => world.closePages())

    for (const late of ['offerer', 'answerer'] as const) {
      test(`hear each other, though one offered twice before it was answered, and the microphone of the ${late} came after that`, async () => {
        const heard = await page.evaluate(`import('/late-signals.js').then(({ twoLinks }) => twoLinks('${late}'))`)
        assert.deepEqual(heard, { isRepeated: true, byOfferer: true, byAnswerer: true })
      })
    }

    test('hear each other, and the page is told of it, though a microphone came while an offer was being applied', async () => {
      const heard = await page.evaluate(`import('/late-signals.js').then(({ amidOffer }) => amidOffer())`)
      assert.deepEqual(heard, { byOfferer: true, byAnswerer: true, wasApplying: true, told: 1 })
    })
  })
