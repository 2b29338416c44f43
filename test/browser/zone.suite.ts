import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { after, before, describe, test } from 'node:test'
import type { BrowserWorld } from '../support/browser-world.ts'
import { heardBy, untilSilent } from '../support/hearing.ts'
import { waitUntil } from '../support/wait.ts'
import { ZonePage } from '../support/zone-page.ts'

const shim = fileURLToPath(new URL('../../bin/roomctl.mjs', import.meta.url))

export const zoneTalk = (world: BrowserWorld): void =>
  void describe('two who walk in a zone of two regions, by what is heard', () => {
    let ann: ZonePage
    let bob: ZonePage
    let zoneId: string
    world.watch()

    /**
     * Waits until packets come in and what they bring is loud. By the samples of the track, not by `totalAudioEnergy`: that counts what an element
     * plays, and here the element is mute and Web Audio plays.
     */
    const untilLoud = async (what: string, page: ZonePage) => {
      const before = await heardBy(page)
      const since = await page.probe((probe) => probe.now())
      await waitUntil(
        what,
        async () => {
          const now = await heardBy(page)
          return now.packets > before.packets && now.lastHeardAtMs > since
        },
        20_000,
        () => page.said(),
      )
    }

    /** Of each page: which links it closed, and its socket. */
    const kept = () =>
      Promise.all(
        [ann, bob].map(async (page) => ({
          closed: await page.probe((probe) => probe.links.filter(({ closedAtMs }) => closedAtMs !== null).length),
          socket: await page.ask((demo) => demo.socketId()),
        })),
      )

    before(async () => {
      const { cluster } = world
      const token = cluster.token('operator', ['admin'])
      const body = { name: 'The border', bounds: { width_m: 1_024, height_m: 1_024 } }
      const made = await cluster.call('POST', '/api/v1/zones', { token, body })
      assert.equal(made.status, 201, JSON.stringify(made.body))
      zoneId = String(made.body.zone_id)
      const cut = ['zone', 'cut', zoneId, '1', 'x', '512']
      await promisify(execFile)(process.execPath, [shim, ...cut], { env: cluster.env, timeout: 30_000 })
      ann = await ZonePage.enter(world.browser, cluster.gateway(0).http, 'ann', zoneId, { x: 507, y: 300 })
      bob = await ZonePage.enter(world.browser, cluster.gateway(1).http, 'bob', zoneId, { x: 517, y: 300 })
    })
    after(() => world.closePages())

    test('each hears the other across the border', async () => {
      await waitUntil(
        'they are linked',
        async () => (await ann.ask((demo) => demo.links())).some(({ state }) => state === 'connected'),
        15_000,
        () => `${ann.said()}\n${bob.said()}`,
      )
      await Promise.all([untilLoud('ann hears bob', ann), untilLoud('bob hears ann', bob)])
      const [near] = await ann.ask((demo) => demo.heard())
      assert.equal(near?.name, 'bob')
      assert.ok(Math.abs(near.distanceM - 10) < 0.2, JSON.stringify(near))
      assert.match((await ann.page.getByRole('list', { name: 'In earshot' }).textContent()) ?? '', /bob, 10 m east/)
    })

    test('one who walks over the border is heard on, by the same links and sockets', async () => {
      await ann.runTo(522, 300)
      await Promise.all([untilLoud('ann hears bob', ann), untilLoud('bob hears ann', bob)])
      assert.deepEqual(await kept(), [
        { closed: 0, socket: 1 },
        { closed: 0, socket: 1 },
      ])
      // That she stands still is on its way: until it comes, her steps are reckoned on.
      await waitUntil(
        'bob sees ann where she stands',
        async () => Math.abs(((await bob.ask((demo) => demo.heard()))[0]?.distanceM ?? 0) - 5) < 0.2,
        5_000,
      )
    })

    test('one whom a moderator has muted is not heard, is told so, and is heard again when it is lifted', async () => {
      const { cluster } = world
      const token = cluster.token('operator', ['admin'])
      const [seen] = await bob.ask((demo) => demo.heard())
      const path = `/api/v1/zones/${zoneId}/users/${seen?.userId}/sanctions/mute`
      const notice = ann.page.getByText('A moderator has you muted.')
      assert.equal((await cluster.call('PUT', path, { token, body: { reason: 'noise' } })).status, 200)
      await untilSilent('bob hears nobody', bob)
      await notice.waitFor({ state: 'visible', timeout: 5_000 })
      assert.equal((await cluster.call('POST', `${path}/lift`, { token, body: { reason: 'over' } })).status, 200)
      await untilLoud('bob hears ann again', bob)
      await notice.waitFor({ state: 'hidden', timeout: 5_000 })
    })

    test('whoever walks out of earshot is not heard', async () => {
      await ann.runTo(577, 300)
      await Promise.all([untilSilent('ann hears nobody', ann), untilSilent('bob hears nobody', bob)])
      assert.deepEqual(await bob.ask((demo) => demo.heard()), [])
    })
  })
