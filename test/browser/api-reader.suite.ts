import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { endpoints } from '../../protocol/http/endpoints.ts'
import type { BrowserWorld } from '../support/browser-world.ts'

export const apiReader = (world: BrowserWorld): void =>
  void describe('the reader of the interface at /docs', () => {
    world.watch()
    let page: Page
    const complaints: string[] = []
    const asked: string[] = []

    before(async () => {
      page = await world.browser.newPage({ viewport: { width: 1280, height: 1600 } })
      page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
      page.on('pageerror', (error) => complaints.push(error.message))
      page.on('request', (request) => asked.push(new URL(request.url()).origin))
      await page.goto(`${world.cluster.gateway(0).http}/docs`)
      await page.waitForSelector('.opblock-summary', { timeout: 20_000 })
    })
    after(() => world.closePages())

    test('shows every call', async () => {
      const shown = await page.locator('.opblock-summary-path').allInnerTexts()
      const plain = shown.map((path) => path.replaceAll('\u200b', ''))
      assert.deepEqual([...new Set(plain)].sort(), [...new Set(endpoints.map(({ path }) => path))].sort())
    })

    test('opens a call and shows what it may be refused with', async () => {
      const call = page.locator('.opblock', { hasText: 'rooms.create' })
      await call.locator('.opblock-summary').click()
      await call.locator('.responses-table').waitFor({ timeout: 10_000 })
      const text = await call.innerText()
      for (const word of ['ROOM_EXISTS', 'TOKEN_EXPIRED', 'Idempotency-Key']) assert.ok(text.includes(word), word)
      if (process.env['SCREENSHOT']) await page.screenshot({ path: process.env['SCREENSHOT'] })
    })

    test('breaks no rule of its own headers, and asks nobody else for anything', () => {
      // Fonts and pictures of the page are data addresses, which have no origin.
      assert.deepEqual(
        [...new Set(asked)].filter((origin) => origin !== 'null'),
        [world.cluster.gateway(0).http],
      )
      assert.deepEqual(complaints, [])
    })
  })
