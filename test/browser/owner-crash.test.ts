import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { DemoPage, launchBrowser, type AudioStats } from '../support/browser.ts'
import { startCluster, type TestCluster } from '../support/cluster.ts'
import { waitUntil } from '../support/wait.ts'

/** Samples what a page hears, five times a second, until told to stop. */
class Listening {
  readonly samples: (AudioStats & { readonly atMs: number })[] = []
  #stopped = false
  readonly #done: Promise<void>

  constructor(page: DemoPage) {
    this.#done = this.#listen(page)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#done
  }

  /** The longest time in which no packet came, ms. */
  longestSilenceMs(): number {
    let longest = 0
    let movedAtMs = this.samples[0]?.atMs ?? 0
    for (const [index, sample] of this.samples.entries()) {
      if (sample.packetsReceived > (this.samples[index - 1]?.packetsReceived ?? -1)) movedAtMs = sample.atMs
      longest = Math.max(longest, sample.atMs - movedAtMs)
    }
    return longest
  }

  async #listen(page: DemoPage): Promise<void> {
    while (!this.#stopped) {
      const heard = await page.hears()
      if (heard) this.samples.push({ ...heard, atMs: performance.now() })
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }
}

describe('two browsers in a room whose owner is killed', () => {
  let cluster: TestCluster
  let browser: Browser
  let failed = true

  before(async () => {
    cluster = await startCluster({ gateways: 2, nodes: 3 })
    browser = await launchBrowser()
  })
  after(async () => {
    try {
      await browser.close()
    } finally {
      await cluster.stop(failed)
    }
  })

  test('the call goes on: same sockets, same roster, audio without a gap, and the new owner acknowledges', async () => {
    const ann = await DemoPage.join(browser, cluster.gateway(0).http, 'ann', null)
    const roomId = await ann.ask((demo) => demo.roomId())
    const bob = await DemoPage.join(browser, cluster.gateway(1).http, 'bob', roomId)
    const pages = [ann, bob]
    const owner = await cluster.waitForOwner(roomId)
    assert.match(owner.name, /^node-/)

    for (const page of pages) {
      await waitUntil(
        'a page hears the other',
        async () => {
          const heard = await page.hears()
          return heard?.state === 'connected' && heard.packetsReceived > 50 && heard.totalAudioEnergy > 0
        },
        20_000,
        () => page.said(),
      )
    }
    const hearing = pages.map((page) => new Listening(page))
    const first = await Promise.all(pages.map((page) => page.hears()))
    const sockets = await Promise.all(pages.map((page) => page.ask((demo) => demo.socketId())))
    const sessions = await Promise.all(pages.map((page) => page.ask((demo) => demo.sessionId())))
    const epoch = await ann.ask((demo) => demo.epoch())

    owner.kill()
    const sentMs = performance.now()
    const muted = await ann.ask((demo) => demo.client.mute(demo.roomId(), 'nobody-here', 60))
    const tookMs = performance.now() - sentMs

    assert.ok(tookMs <= 4_000, `acknowledged after ${Math.round(tookMs)} ms`)
    assert.ok(muted.epoch > epoch, `epoch ${muted.epoch} after ${epoch}`)
    const heir = await cluster.waitForOwner(roomId)
    assert.notEqual(heir.name, owner.name)
    for (const page of pages) {
      await waitUntil('both are connected again', async () => {
        const roster = await page.ask((demo) => demo.roster())
        return roster.length === 2 && roster.every(({ is_connected }) => is_connected)
      })
    }
    // A gap would show late: what was on its way is still played.
    await waitUntil('there is enough to listen to', () => hearing.every(({ samples }) => samples.length >= 20))
    const last = await Promise.all(pages.map((page) => page.hears()))
    await Promise.all(hearing.map((one) => one.stop()))

    assert.deepEqual(await Promise.all(pages.map((page) => page.ask((demo) => demo.socketId()))), sockets)
    assert.deepEqual(await Promise.all(pages.map((page) => page.ask((demo) => demo.sessionId()))), sessions)
    for (const [index, one] of hearing.entries()) {
      const [before, after] = [first[index], last[index]]
      assert.ok(before && after)
      assert.equal(after.peer_session_id, before.peer_session_id)
      assert.ok(after.packetsReceived > before.packetsReceived)
      assert.ok(after.totalAudioEnergy > before.totalAudioEnergy)
      assert.ok(one.samples.every(({ state }) => state === 'connected'))
      assert.ok(one.longestSilenceMs() < 1_000, `no packet for ${Math.round(one.longestSilenceMs())} ms`)
    }
    failed = false
  })
})
