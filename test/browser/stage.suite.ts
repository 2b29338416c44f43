import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { BrowserWorld } from '../support/browser-world.ts'
import { DemoPage } from '../support/browser.ts'
import { untilHeard, untilSilent } from '../support/hearing.ts'
import { waitUntil } from '../support/wait.ts'

export const stage = (world: BrowserWorld): void =>
  void describe('an announcement, by what is heard', () => {
    let roomId: string
    let ann: DemoPage
    let bob: DemoPage
    world.watch()

    const press = ({ page }: DemoPage, name: string) =>
      page.getByRole('button', { name, exact: true }).click({ timeout: 8_000 })

    before(async () => {
      roomId = await world.cluster.createRoom('studio', { room_type: 'announcement' })
      ann = await DemoPage.join(world.browser, world.cluster.gateway(0).http, 'ann', roomId)
      const owner = await ann.userOf('ann')
      // The speaker manages the stage; whom the room belongs to is not here.
      const { status } = await world.cluster.call('PUT', `/api/v1/rooms/${roomId}/participants/${owner}/role`, {
        token: world.cluster.token('studio'),
        body: { role: 'moderator' },
      })
      assert.equal(status, 200)
      await press(ann, 'Go on stage')
      bob = await DemoPage.join(world.browser, world.cluster.gateway(0).http, 'bob', roomId, { refuseMicrophone: true })
      await waitUntil('ann sees bob', async () => (await ann.ask((demo) => demo.roster())).length === 2)
    })
    after(() => world.closePages())

    test('a listener is never asked for a microphone, and hears the speaker', async () => {
      await untilHeard('bob hears ann', bob, 20_000)
      const [link] = await bob.probe((probe) => probe.hearing())
      assert.deepEqual(link?.directions, ['recvonly'])
      assert.equal(await bob.probe((probe) => probe.microphoneCalls), 0)
      await untilSilent('ann hears nobody', ann)
    })

    test('who is invited and accepts is asked then, and is heard; back among the listeners they are silent, and still hear', async () => {
      await bob.probe((probe) => {
        probe.refuseMicrophone = false
      })
      await press(ann, 'Invite bob on stage')
      await untilSilent('an invitation alone is not heard', ann)
      assert.equal(await bob.probe((probe) => probe.microphoneCalls), 0)
      await press(bob, 'Go on stage')
      await untilHeard('ann hears bob', ann)
      assert.equal(await bob.probe((probe) => probe.microphoneCalls), 1)

      await press(ann, 'Take bob off the stage')
      const { packets } = await untilSilent('ann does not hear bob any more', ann)
      assert.equal(packets, 0, 'a listener sends nothing')
      await untilHeard('bob still hears ann', bob)
    })

    test('who raises their hand sees their place in the queue, and is heard once they are brought up', async () => {
      await press(bob, 'Raise hand to speak')
      await bob.page.getByText('Your hand is raised. You are 1st in the queue.').waitFor()
      await ann.page.getByText('Waiting to speak (1)').waitFor()
      const folder = process.env['SCREENSHOTS']
      if (folder) await ann.page.screenshot({ path: `${folder}/stage-1280.png`, fullPage: true })
      await press(ann, 'Bring bob on stage')
      await untilHeard('ann hears bob on stage a second time', ann)
      await press(bob, 'Leave the stage')
      await untilSilent('ann does not hear bob any more', ann)
    })
  })
