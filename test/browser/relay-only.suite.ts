import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { BrowserWorld } from '../support/browser-world.ts'
import { DemoPage } from '../support/browser.ts'
import { untilHeard, untilSilent } from '../support/hearing.ts'
import { waitUntil } from '../support/wait.ts'

/** Two pages and a TURN server that is not there: audio that may only be relayed cannot flow. */
export const relayOnly = (world: BrowserWorld): void =>
  void describe('a room that only relays', () => {
    let ann: DemoPage
    let bob: DemoPage
    let roomId: string
    world.watch()

    const setPolicy = async (policy: 'all' | 'relay') => {
      const token = world.cluster.token('operator', ['admin'])
      const body = { settings: { ice_policy: policy } }
      assert.equal((await world.cluster.call('PATCH', `/api/v1/rooms/${roomId}`, { token, body })).status, 200)
    }

    before(async () => {
      ann = await DemoPage.join(world.browser, world.cluster.gateway(0).http, 'ann', null)
      roomId = await ann.ask((demo) => demo.roomId())
      bob = await DemoPage.join(world.browser, world.cluster.gateway(1).http, 'bob', roomId)
      await untilHeard('ann hears bob', ann, 20_000)
      await untilHeard('bob hears ann', bob, 20_000)
    })
    after(() => world.closePages())

    test('is obeyed by pages that talk already: they let go of the addresses they know, until it relays no more', async () => {
      await setPolicy('relay')
      for (const page of [ann, bob]) {
        await waitUntil(
          `${page.name} has closed what it had`,
          () => page.probe(({ links }) => links.some(({ closedAtMs }) => closedAtMs !== null)),
          10_000,
          () => page.said(),
        )
      }
      await untilSilent('ann hears nobody', ann)
      await untilSilent('bob hears nobody', bob)
      await setPolicy('all')
      await untilHeard('ann hears bob again', ann, 20_000)
      await untilHeard('bob hears ann again', bob, 20_000)
    })
  })
