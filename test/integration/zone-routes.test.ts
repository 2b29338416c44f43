import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { startEdge, edgeSecret, type Edge } from '../support/edge.ts'
import { ok, rejected } from '../support/scripted-router.ts'
import { signTestToken } from '../support/tokens.ts'
import { waitUntil } from '../support/wait.ts'
import { planOf, ZoneBench, zoneId } from '../support/zone-bench.ts'

const zones = new ZoneBench()
let edge: Edge
before(async () => {
  edge = await startEdge({}, { router: zones.router })
  zones.hearer = edge.gateway
})
after(() => edge.gateway.stop())
beforeEach(() => {
  zones.answers.clear()
  zones.said.length = zones.asked.length = 0
  zones.plan = planOf({ version: zones.plan.version + 1 })
})

const as = (user: string, ...roles: string[]) => ({ authorization: `Bearer ${signTestToken(edgeSecret, user, roles)}` })
const zone = `/api/v1/zones/${zoneId}`
const call = (method: string, path: string, body?: unknown, headers = as('game', 'service')) =>
  edge.call(method, path, body, headers)
const codeOf = ({ status, body }: { status: number; body: any }) => [status, body.error?.code]

describe('zones over REST', () => {
  test('are made with all that was left out, once for one key', async () => {
    zones.answers.set('create', ({ command }) => ok({ zone_id: zoneId, made: command['spec'] }))
    const body = { name: 'The north', bounds: { width_m: 512, height_m: 256 }, rules: { range_m: 40 } }
    const key = { ...as('game', 'service'), 'idempotency-key': 'the-north-is-made-once' }
    for (let n = 0; n < 2; n++) assert.equal((await call('POST', '/api/v1/zones', body, key)).status, 201)
    const [first, second] = zones.askedOf('create')
    assert.equal(first!.key, second!.key)
    assert.equal(first!.options.commandId, second!.options.commandId)
    const spec = first!.command['spec'] as any
    assert.deepEqual([spec.rules.range_m, spec.rules.tick_hz, spec.guild_id, spec.players_max], [40, 10, null, 10_000])
  })

  test('are made for nobody else without the role for it, and not with what no zone has', async () => {
    const body = { name: 'x', bounds: { width_m: 512, height_m: 512 } }
    const named = { ...body, requester_id: 'bob' }
    assert.deepEqual(codeOf(await call('POST', '/api/v1/zones', named, as('ann'))), [403, 'ACTING_USER_MISMATCH'])
    for (const bad of [
      { bounds: { width_m: 100, height_m: 512 } },
      { rules: { tick_hz: 31 } },
      { rules: { wings: 1 } },
    ]) {
      assert.deepEqual(codeOf(await call('POST', '/api/v1/zones', { ...body, ...bad })), [400, 'VALIDATION_FAILED'])
    }
    assert.equal(zones.askedOf('create').length, 0)
  })

  test('show their regions, and of one that is silent that it is', async () => {
    const asking = call('GET', `${zone}/shards?points=true`)
    await waitUntil('the region is asked', () => zones.saidOf('show').length > 0)
    const { ask, points } = zones.saidOf('show')[0]!.message
    assert.equal(points, true)
    const shard = { region: 1, node: 'node-1', epoch: 3, planVersion: 1, players: 2, ghosts: 1, rung: 0 }
    zones.say(1, { type: 'shown', ask, shard: { ...shard, tickMeanMs: 1, tickP95Ms: 2, points: [16, 32, 0] } })
    const { body } = await asking
    assert.deepEqual(body.regions[0].shard.points, [16, 32, 0])
    assert.deepEqual([body.players, body.regions[0].neighbours, body.regions[0].bounds.right], [2, [], 1_024])
    const unanswered = await call('GET', `${zone}/shards`)
    assert.equal(unanswered.body.regions[0].shard, null)
  })

  test('show nothing to who does not moderate there', async () => {
    zones.answers.set('authorize', () => rejected('FORBIDDEN'))
    for (const path of ['shards', 'players/ann/earshot']) {
      assert.deepEqual(codeOf(await call('GET', `${zone}/${path}`, undefined, as('ann'))), [403, 'FORBIDDEN'])
    }
    assert.equal(zones.said.length, 0)
  })

  test('say whom a player has in earshot', async () => {
    const asking = call('GET', `${zone}/players/ann/earshot`)
    await waitUntil('the region is asked', () => zones.saidOf('earshot_of').length > 0)
    const { ask } = zones.saidOf('earshot_of')[0]!.message
    const earshot = [{ userId: 'bob' as never, distanceM: 4.5, isAudible: true }]
    zones.say(1, { type: 'earshot', ask, player: 7, earshot })
    const { body } = await asking
    assert.deepEqual([body.player, body.earshot], [7, [{ user_id: 'bob', distance_m: 4.5, audible: true }]])
  })

  test("take places of the game's server in metres, and refuse what is outside", async () => {
    const place = (more: object) => ({ places: [{ user_id: 'ann', x: 10.5, y: 20, ...more }] })
    assert.deepEqual((await call('POST', `${zone}/positions`, place({ stance: 'shout' }))).body, { here: 0 })
    const [said] = zones.saidOf('placed')
    assert.deepEqual(said!.message.places, [{ userId: 'ann', x: 168, y: 320, z: 0, stance: 2 }])
    for (const bad of [{ x: 1_025 }, { y: -1 }, { stance: 'sing' }]) {
      assert.deepEqual(codeOf(await call('POST', `${zone}/positions`, place(bad))), [400, 'VALIDATION_FAILED'])
    }
    const many = { places: Array.from({ length: 201 }, (_, n) => ({ user_id: `u${n}`, x: 1, y: 1 })) }
    assert.deepEqual(codeOf(await call('POST', `${zone}/positions`, many)), [400, 'VALIDATION_FAILED'])
    const admin = await call('POST', `${zone}/positions`, place({}), as('boss', 'admin'))
    assert.deepEqual(codeOf(admin), [403, 'FORBIDDEN'])
  })

  test('carry sanctions to the root, with who puts them on', async () => {
    zones.answers.set('sanction', () =>
      ok({ zone_id: zoneId, kind: 'mute', user_id: 'bob', generation: 4, until: null }),
    )
    const body = { duration: 60, reason: 'loud', requester_id: 'mod' }
    const put = await call('PUT', `${zone}/users/bob/sanctions/mute`, body)
    assert.deepEqual([put.status, put.body.generation, put.body.epoch], [200, 4, 1])
    const [asked] = zones.askedOf('sanction')
    assert.deepEqual(
      [asked!.command['target_user_id'], asked!.command['duration_s'], (asked!.command['by'] as any).user_id],
      ['bob', 60, 'mod'],
    )
    assert.equal((await call('PUT', `${zone}/users/bob/sanctions/kick`, {})).status, 400)
  })

  test('are listed by a cursor of ours alone', async () => {
    assert.deepEqual((await call('GET', '/api/v1/zones')).body, { zones: [], next_cursor: null })
    assert.deepEqual(codeOf(await call('GET', '/api/v1/zones?cursor=bm90IG91cnM')), [400, 'VALIDATION_FAILED'])
    assert.deepEqual(codeOf(await call('GET', '/api/v1/zones/not-an-id')), [400, 'VALIDATION_FAILED'])
  })
})
