import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { MemoryRecord, MemoryWiderSanctions } from '../../persistence/index.ts'
import type { RecordWrite } from '../../persistence/record-writes.ts'
import type { WiderKind, WiderScope } from '../../protocol/sanctions/scope.ts'
import { settle } from '../../test/support/manual-time.ts'
import { SocketBench } from '../../test/support/socket-bench.ts'
import { planOf, user, ZoneBench, zoneId } from '../../test/support/zone-bench.ts'

let bench: SocketBench
let zones: ZoneBench
let record: MemoryRecord
let generation: number
beforeEach(() => {
  bench = new SocketBench()
  record = new MemoryRecord(bench.time)
  zones = new ZoneBench(bench.time, new MemoryWiderSanctions(record))
  zones.plan = planOf({ guildId: 'g1' })
  bench.zones = zones.zones
  generation = 0
})

async function write(row: RecordWrite): Promise<void> {
  record.apply([row, { write: 'sanction.spread', userId: user('ann'), atMs: bench.time.wallMs() }])
  await settle()
}

const on = (scope: WiderScope, scopeId: string, kind: WiderKind) =>
  ({ scope, scopeId, userId: user('ann'), kind, generation }) as const

const putOn = (kind: WiderKind, untilMs: number | null = null, scope: WiderScope = 'guild', scopeId = 'g1') => {
  generation += 1
  const of = { ...on(scope, scopeId, kind), untilMs }
  return write({ write: 'sanction.put', ...of, by: user('mod'), reason: 'noise', atMs: bench.time.wallMs() })
}
const lift = (kind: WiderKind) =>
  write({ write: 'sanction.lifted', ...on('guild', 'g1', kind), atMs: bench.time.wallMs(), cause: 'moderator' })

async function enter() {
  const client = bench.connect()
  await client.say({ type: 'hello', token: 'ann' })
  await client.say({ type: 'zone_enter', id: 1, zone_id: zoneId, x: 10, y: 20, z: 1 })
  const adopt = zones.saidOf('adopt').at(-1)
  if (adopt) {
    zones.seat(1, { player: adopt.message.who.player, slot: 7 })
    await settle()
  }
  const events = () =>
    client.heard.filter(({ type }) => type === 'zone_event').map(({ muted, deafened }) => [muted, deafened])
  return { client, events, left: () => client.heard.find(({ type }) => type === 'zone_left')?.['reason'] }
}
const masks = () => zones.saidOf('changed').map(({ message: { who } }) => [who.speakMask, who.hearMask])

describe('a sanction of the guild, or of the whole service', () => {
  test('keeps out of its zones whoever is banned, and nobody out of those of another guild', async () => {
    await putOn('ban')
    assert.deepEqual((await enter()).client.codes(), ['BANNED'])
    assert.deepEqual(zones.saidOf('adopt'), [])
    zones.tellPlan({ guildId: 'g2' })
    await settle()
    assert.deepEqual((await enter()).client.codes(), [])
  })

  test('holds from the first moment for whoever enters muted or deafened', async () => {
    await putOn('mute')
    await putOn('deafen', null, 'global', 'all')
    const ann = await enter()
    const [adopt] = zones.saidOf('adopt')
    assert.deepEqual([adopt?.message.who.speakMask, adopt?.message.who.hearMask], [0, 0])
    assert.deepEqual(ann.events(), [[true, true]])
  })

  test('reaches who is in a zone already at once, and so does its lift', async () => {
    const ann = await enter()
    await putOn('mute')
    assert.deepEqual([ann.events(), masks()], [[[true, false]], [[0, 1]]])
    await lift('mute')
    assert.deepEqual(ann.events().at(-1), [false, false])
    assert.deepEqual(masks().at(-1), [1, 1])
    await putOn('ban', null, 'global', 'all')
    assert.equal(ann.left(), 'banned')
    assert.equal(zones.saidOf('gone').length, 1)
  })

  test('ends by the clock, whoever has still to lift it', async () => {
    const ann = await enter()
    await putOn('mute', bench.time.wallMs() + 60_000)
    await bench.time.advance(59_000)
    assert.deepEqual(ann.events(), [[true, false]])
    await bench.time.advance(2_000)
    assert.deepEqual(ann.events().at(-1), [false, false])
  })

  test('holds beside one of the zone itself: each ends for itself', async () => {
    const ann = await enter()
    await putOn('mute')
    zones.tellPlan({ sanctions: [{ kind: 'mute', userId: user('ann'), endsAtMs: null }] })
    await settle()
    await lift('mute')
    assert.deepEqual(ann.events(), [[true, false]])
    zones.tellPlan({ sanctions: [] })
    await settle()
    assert.deepEqual(ann.events().at(-1), [false, false])
  })
})
