import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { BrowserWorld } from '../support/browser-world.ts'
import { DemoPage } from '../support/browser.ts'
import { untilHeard, untilSilent } from '../support/hearing.ts'

/** A raid leader speaks from the raid's room into a private group that is linked to it: by what is heard there. */
export const broadcast = (world: BrowserWorld): void =>
  void describe('a raid leader, by what is heard in a linked room', () => {
    let raid: string
    let group: string
    let lea: DemoPage
    let bob: DemoPage
    world.watch()

    const token = () => world.cluster.token('host')
    const press = ({ page }: DemoPage, name: string | RegExp) =>
      page.getByRole('button', { name, exact: true }).click({ timeout: 8_000 })
    const setRole = async (room: string, user: string, role: string | null) => {
      const path = `/api/v1/rooms/${room}/participants/${user}/role`
      const { status } = await world.cluster.call('PUT', path, { token: token(), body: { role } })
      assert.equal(status, 200)
    }

    before(async () => {
      raid = await world.cluster.createRoom('host', { room_type: 'raid' })
      group = await world.cluster.createRoom('host', { parent_room_id: raid, settings: { push_to_talk: true } })
      lea = await DemoPage.join(world.browser, world.cluster.gateway(0).http, 'lea', raid)
      bob = await DemoPage.join(world.browser, world.cluster.gateway(1).http, 'bob', group)
      await setRole(raid, await lea.userOf('lea'), 'moderator')
    })
    after(() => world.closePages())

    test('is heard there from the press of a button on, hears nobody there, and is not heard again once they are released', async () => {
      await press(lea, 'Speak to linked rooms')
      await untilHeard('bob hears lea', bob, 20_000)
      await bob.page.getByText('speaks from another room').first().waitFor()
      await press(lea, /^Speak to this room only/)
      await untilSilent('bob does not hear lea any more', bob)
      await press(lea, 'Speak to linked rooms')
      await untilHeard('bob hears lea at once', bob)
    })

    test('is not heard there once a moderator of that room has muted them, nor when they lead no more', async () => {
      const user = await lea.userOf('lea')
      const muted = (name: string) =>
        world.cluster.call('POST', `/api/v1/rooms/${group}/participants/${user}/${name}`, { token: token(), body: {} })
      assert.equal((await muted('mute')).status, 200)
      await untilSilent('bob does not hear lea, who is muted there', bob)
      assert.equal((await muted('unmute')).status, 200)
      await untilHeard('bob hears lea again', bob)
      await setRole(raid, user, 'member')
      await bob.page.getByText('lea speaks here no more').or(bob.page.getByText('lea left')).first().waitFor()
      assert.equal((await bob.ask((demo) => demo.roster())).length, 1)
    })
  })
