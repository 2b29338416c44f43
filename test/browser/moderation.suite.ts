import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { BrowserWorld } from '../support/browser-world.ts'
import { DemoPage } from '../support/browser.ts'
import { heardBy, untilHeard, untilSilent } from '../support/hearing.ts'
import { waitUntil } from '../support/wait.ts'

/*
 * Three pages in one room, with real audio between them: ann owns it, bob and cid are members. What is said to be heard is measured in
 * the page that hears it.
 */
export const moderation = (world: BrowserWorld): void =>
  void describe('moderation, by what is heard', () => {
    let ann: DemoPage
    let bob: DemoPage
    let roomId: string
    let bobId: string
    world.watch()

    const act = (type: string, target: string, more: Record<string, unknown> = {}) =>
      ann.ask((demo, command) => demo.client.ask(demo.roomId(), command), { type, target_user_id: target, ...more })

    before(async () => {
      ann = await DemoPage.join(world.browser, world.cluster.gateway(0).http, 'ann', null)
      roomId = await ann.ask((demo) => demo.roomId())
      bob = await DemoPage.join(world.browser, world.cluster.gateway(1).http, 'bob', roomId)
      await waitUntil('ann sees bob', async () => (await ann.ask((demo) => demo.roster())).length === 2)
      bobId = await ann.userOf('bob')
      await untilHeard('ann hears bob', ann, 20_000)
      await untilHeard('bob hears ann', bob, 20_000)
    })
    after(() => world.closePages())

    test('a muted speaker is not heard and goes on hearing; unmuted, they are heard again', async () => {
      await act('mute', bobId, { duration: 60 })
      await untilSilent('ann does not hear bob', ann)
      await untilHeard('bob hears ann', bob)
      await act('unmute', bobId)
      await untilHeard('ann hears bob again', ann)
    })

    test('a deafened listener hears nobody, since nobody sends to them, and is heard', async () => {
      await act('deafen', bobId)
      await untilSilent('bob hears nobody', bob)
      const before = await heardBy(bob)
      await untilHeard('ann hears bob', ann)
      assert.equal((await heardBy(bob)).packets, before.packets, 'somebody sends to the deafened')
      await act('undeafen', bobId)
      await untilHeard('bob hears ann again', bob)
    })

    test('the connection to somebody who was kicked is closed at both ends, and they are told why', async () => {
      await act('kick', bobId, { reason: 'noise' })
      for (const page of [ann, bob]) {
        await waitUntil(
          `${page.name} has closed every connection`,
          () => page.probe(({ links }) => links.length > 0 && links.every(({ closedAtMs }) => closedAtMs !== null)),
          10_000,
          () => page.said(),
        )
      }
      await bob.page.getByText('A moderator has sent you out of the room.').first().waitFor({ timeout: 5_000 })
    })
  })
