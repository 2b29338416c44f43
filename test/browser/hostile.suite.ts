import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { BrowserWorld } from '../support/browser-world.ts'
import { DemoPage } from '../support/browser.ts'
import { heardBy, untilHeard, untilSilent } from '../support/hearing.ts'
import { HostilePage } from '../support/hostile-page.ts'
import { waitUntil } from '../support/wait.ts'

/**
 * A listener's client has to drop a sanctioned speaker within this time of the push that tells of it, both by the clock of its
 * page. It acts on the frame at once; the rest is slack for what the page's jitter buffer still plays, for a probe that looks every 20 ms, and for
 * a machine with other things to do.
 */
const dropWithinMs = 1_000

export const hostilePages = (world: BrowserWorld): void =>
  void describe('a page that heeds nothing and goes on sending', () => {
    let ann: DemoPage
    let roomId: string
    let annId: string
    world.watch()
    const boss = () => world.cluster.token('boss', ['service'])

    before(async () => {
      ann = await DemoPage.join(world.browser, world.cluster.gateway(0).http, 'ann', null)
      roomId = await ann.ask((demo) => demo.roomId())
      annId = await ann.userOf('ann')
    })
    after(() => world.closePages())

    const intruder = async (user: string) => {
      const page = await HostilePage.join(world.browser, world.cluster.gateway(0), world.cluster.token(user), roomId)
      await untilHeard(`ann hears ${user}`, ann, 20_000)
      return page
    }
    const act = async (user: string, action: string) => {
      const path = `/api/v1/rooms/${roomId}/participants/${user}/${action}`
      const { status } = await world.cluster.call('POST', path, { token: boss(), body: {} })
      assert.equal(status, 200)
    }
    /** When the page was told that of that user, by its own clock, ms. */
    const toldAtMs = (type: string, user: string) =>
      ann.probe(
        ({ frames }, told) => {
          const tells = ({ frame }: (typeof frames)[number]) =>
            (frame.events ?? []).some((event) => event.type === told.type && event.user_id === told.user)
          return frames.findLast(tells)?.atMs ?? NaN
        },
        { type, user },
      )
    const signalsFrom = (session: string) =>
      ann.probe(
        ({ frames }, from) =>
          frames.filter(({ frame }) => frame.type === 'signal' && frame.from_session === from).length,
        session,
      )

    test('is not heard any more within 1 s of the push of its mute, whatever arrives', async () => {
      const mallory = await intruder('mallory')
      await act('mallory', 'mute')
      const { packets, energy } = await untilSilent('ann does not hear mallory', ann)
      const silentFor = (await heardBy(ann)).lastHeardAtMs - (await toldAtMs('sanction.applied', 'mallory'))
      assert.ok(silentFor <= dropWithinMs, `heard until ${Math.round(silentFor)} ms behind the push`)
      assert.ok(packets > 0, 'the hostile page has stopped sending, so this proves nothing')
      assert.equal(energy, 0)
      await act('mallory', 'unmute')
      await untilHeard('ann hears mallory again', ann)
      await mallory.sends({ type: 'leave' })
      await mallory.close()
    })

    for (const [action, code, name] of [
      [
        'kick',
        'SESSION_NOT_FOUND',
        'is cut off within 1 s of the push of its kick, and no signal of it comes through again',
      ],
      ['ban', 'BANNED', 'is cut off within 1 s of the push of its ban, and no signal of it comes through again'],
    ] as const) {
      test(name, async () => {
        const user = `eve-${action}`
        const eve = await intruder(user)
        await act(user, action)
        await waitUntil('ann has closed every connection', () =>
          ann.probe(({ links }) => links.every(({ closedAtMs }) => closedAtMs !== null)),
        )
        const closedAtMs = await ann.probe(({ links }) => Math.max(...links.map((link) => link.closedAtMs ?? Infinity)))
        const openFor = closedAtMs - (await toldAtMs('participant.left', user))
        assert.ok(openFor <= dropWithinMs, `open until ${Math.round(openFor)} ms behind the push`)

        const heardBefore = await signalsFrom(eve.sessionId)
        assert.ok(heardBefore > 0)
        assert.equal(await eve.offersAgain(annId), 'SESSION_NOT_FOUND')
        assert.equal(await eve.sends({ type: 'attach', session_id: eve.sessionId }), code)
        const overRest = await world.cluster.call('POST', `/api/v1/rooms/${roomId}/signaling`, {
          token: world.cluster.token(user),
          body: { session_id: eve.sessionId, to_user: annId, message_type: 'end_of_candidates' },
        })
        assert.equal(overRest.body.error?.code, 'SESSION_NOT_FOUND')
        if (action === 'ban') assert.equal(await eve.sends({ type: 'join' }), 'BANNED')
        assert.equal(await signalsFrom(eve.sessionId), heardBefore)
        assert.equal(await ann.probe(({ links }) => links.filter(({ closedAtMs }) => closedAtMs === null).length), 0)
        await eve.close()
      })
    }
  })
