import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import fc from 'fast-check'
import { decodeFrame, encodeFrame } from '../../protocol/zone/codec.ts'
import { cutRegion } from '../../protocol/zone/region-map.ts'
import { settle } from '../../test/support/manual-time.ts'
import { SocketBench } from '../../test/support/socket-bench.ts'
import { firstEpoch, planOf, user, ZoneBench, zoneId } from '../../test/support/zone-bench.ts'
import { chromiumOffer } from '../../test/support/call-specimens.ts'
import { enterMs } from '../zone/zone-players.ts'
import { adoptionMs } from '../zone/zone-player.ts'
import { outflowBounds, parchedMaxMs } from '../zone/outflow.ts'
import { zoneFrameBounds } from '../zone/zone-seat.ts'

let bench: SocketBench
let zones: ZoneBench
beforeEach(() => {
  bench = new SocketBench()
  zones = new ZoneBench(bench.time)
  bench.zones = zones.zones
})

const enterFrame = { type: 'zone_enter', id: 1, zone_id: zoneId, x: 10, y: 20, z: 1 }
const position = (seq: number, x = 160) =>
  encodeFrame({ type: 'position', flags: 2, seq, x, y: 320, z: 16, yaw: 0, vx: 0, vy: 0 })
const bytesOf = (frame: Uint8Array) => new Uint8Array(frame).buffer
const resync = (...players: readonly number[]) =>
  encodeFrame({
    ...{ type: 'resync', tick: 1, epoch: 1, originX: 0, originY: 0, originZ: 0, hz: 10, slot: [] },
    enter: players.map((player, n) => ({ alias: n + 1, flags: 2, player, x: 1, y: 1, z: 1, vx: 0, vy: 0 })),
  })
const update = (...aliases: readonly number[]) =>
  encodeFrame({
    ...{ type: 'changes', tick: 2, enter: [], leave: [], slot: [] },
    update: aliases.map((alias) => ({ alias, x: 1, y: 1, z: 1, vx: 0, vy: 0 })),
  })

/** A record without a frame: the region is there. */
const nothing = new Uint8Array()

type Client = ReturnType<SocketBench['connect']>
const numberOf = (client: Client): number => {
  const reply = client.heard.find(({ type }) => type === 'reply')
  return (reply?.['value'] as { player: number }).player
}

async function greeted(name = 'ann'): Promise<Client> {
  const client = bench.connect()
  await client.say({ type: 'hello', token: name })
  return client
}

/** A player whom region 1 has, in its slot 7. */
async function entered(name = 'ann', slot = 7): Promise<Client> {
  const client = await greeted(name)
  await client.say(enterFrame)
  const player = zones.saidOf('adopt').at(-1)!.message.who.player
  zones.seat(1, { player, slot })
  await settle()
  return client
}
const ofType = (client: Client, type: string) => client.heard.filter((frame) => frame.type === type)
const last = (client: Client) => client.heard.at(-1)

describe('entering a zone', () => {
  test('has the region of the place adopt the player, and is answered once it has', async () => {
    const client = await greeted()
    await client.say({ ...enterFrame, stance: 'shout', party: 3 })
    const [adopt] = zones.saidOf('adopt')
    const player = ((4_095 << 20) | 1) >>> 0
    assert.deepEqual(adopt, {
      region: 1,
      message: {
        type: 'adopt',
        who: {
          player,
          userId: 'ann',
          name: 'ANN',
          party: 3,
          enteredAtMs: bench.time.wallMs(),
          speakMask: 1,
          hearMask: 1,
        },
        place: { x: 160, y: 320, z: 16, stance: 2 },
        passage: { epoch: 0, out: 0, seq: 0 },
      },
    })
    assert.equal(ofType(client, 'reply').length, 0)
    zones.seat(1, { player, slot: 7 })
    await settle()
    const reply = last(client)
    assert.deepEqual([reply?.type, reply?.['id'], reply?.['zone_id'], numberOf(client)], ['reply', 1, zoneId, player])
    assert.deepEqual(reply?.['value'], {
      ...{ zone_id: zoneId, name: 'Market', player, tick_hz: 10, width_m: 1_024, height_m: 1_024 },
      ...{ range_m: 30, whisper: 0.5, shout: 2, hysteresis: 1.1, audible_max: 16, position_authority: 'client' },
      distance_model: { kind: 'inverse', ref_m: 2, max_m: 33, rolloff: 1, taper_from: 0.85 },
    })
  })

  test('asks again each second while no region says anything, and is refused in the end', async () => {
    const client = await greeted()
    await client.say(enterFrame)
    await bench.time.advance(3_100)
    assert.ok(zones.saidOf('adopt').length >= 3)
    await bench.time.advance(enterMs)
    assert.deepEqual(client.codes(), ['RETRY_LATER'])
    assert.equal(zones.saidOf('gone').length, 1)
    const before = zones.saidOf('adopt').length
    await bench.time.advance(3_000)
    assert.equal(zones.saidOf('adopt').length, before)
  })

  const refusals = [
    ['a zone that is full', { isFull: true }, 'ZONE_FULL'],
    ['a zone that is closed', { isClosed: true }, 'ZONE_CLOSED'],
    ['whoever is banned', { sanctions: [{ kind: 'ban', userId: user('ann'), endsAtMs: null }] }, 'BANNED'],
  ] as const
  for (const [what, changes, code] of refusals) {
    test(`is refused by ${what}`, async () => {
      zones.plan = planOf(changes)
      const client = await greeted()
      await client.say(enterFrame)
      assert.deepEqual(client.codes(), [code])
      assert.deepEqual(zones.saidOf('adopt'), [])
    })
  }

  test('is refused where there is no such zone, outside of it, and where its region has no room', async () => {
    const client = await greeted()
    await client.say({ ...enterFrame, x: 1_025 })
    zones.refusal = { status: 'rejected', at: { epoch: 1, seq: 1 }, code: 'ZONE_NOT_FOUND' }
    await client.say({ ...enterFrame, id: 2, zone_id: '11111111-7f0c-4a52-9d39-6a5a3b9d0c11' })
    zones.refusal = null
    await client.say({ ...enterFrame, id: 3 })
    zones.say(1, { type: 'refused', player: zones.saidOf('adopt')[0]!.message.who.player, code: 'ZONE_FULL' })
    await settle()
    assert.deepEqual(client.codes(), ['VALIDATION_FAILED', 'ZONE_NOT_FOUND', 'ZONE_FULL'])
    await client.say({ type: 'zone_leave', id: 4, zone_id: zoneId })
    assert.equal(client.codes().at(-1), 'NOT_IN_ZONE')
  })

  test('by another connection replaces the first one, under a new number', async () => {
    const first = await entered()
    const second = await entered()
    assert.deepEqual(last(first), { type: 'zone_left', zone_id: zoneId, reason: 'replaced' })
    assert.deepEqual(
      zones.saidOf('gone').map(({ message }) => message.player),
      [numberOf(first)],
    )
    assert.notEqual(numberOf(first), numberOf(second))
    assert.equal(ofType(second, 'zone_left').length, 0)
  })

  test('while another connection of the user still enters tells that one that it was replaced', async () => {
    const first = await greeted()
    await first.say(enterFrame)
    const second = await entered()
    assert.deepEqual(
      first.heard.slice(-2).map(({ type }) => type),
      ['reply', 'zone_left'],
    )
    assert.deepEqual([first.codes(), last(second)?.type], [[], 'reply'])
    await first.say({ type: 'zone_leave', id: 3, zone_id: zoneId })
    assert.deepEqual(first.codes(), ['NOT_IN_ZONE'])
  })

  test('again leaves first what the connection was in, and the socket goes on', async () => {
    const client = await entered()
    await client.say({ ...enterFrame, id: 2, x: 30 })
    assert.deepEqual(last(client), { type: 'zone_left', zone_id: zoneId, reason: 'replaced' })
    const { player } = zones.saidOf('adopt').at(-1)!.message.who
    zones.seat(1, { player, slot: 9 })
    await client.say({ type: 'ping' })
    assert.deepEqual(
      client.heard.slice(-2).map(({ type }) => type),
      ['reply', 'pong'],
    )
    assert.equal(client.socket.closed, null)
  })
})

describe('leaving a zone', () => {
  test('is told to the region and answered, and nothing of the zone comes behind it', async () => {
    const client = await entered()
    await client.say({ type: 'zone_leave', id: 2, zone_id: zoneId })
    assert.deepEqual(
      client.heard.slice(-2).map(({ type }) => type),
      ['zone_left', 'reply'],
    )
    assert.equal(zones.saidOf('gone').length, 1)
    zones.deliver(1, [{ player: numberOf(client), epoch: firstEpoch(1), out: 1, frame: resync() }])
    assert.deepEqual(client.shown, [])
  })

  test('happens at once when the socket goes, and is said again to a region that has not heard of it', async () => {
    const client = await entered()
    client.connection.closed()
    assert.equal(zones.saidOf('gone').length, 1)
    for (const out of [1, 2])
      zones.deliver(1, [{ player: numberOf(client), epoch: firstEpoch(1), out, frame: resync() }])
    assert.equal(zones.saidOf('gone').length, 2)
    await bench.time.advance(1_000)
    zones.deliver(1, [{ player: numberOf(client), epoch: firstEpoch(1), out: 3, frame: resync() }])
    assert.equal(zones.saidOf('gone').length, 3)
    // Of another process: not ours to say.
    zones.deliver(1, [{ player: 77, epoch: firstEpoch(1), out: 3, frame: resync() }])
    assert.equal(zones.saidOf('gone').length, 3)
  })

  test('is what a closed zone, a ban, and a region that knows a later connection do', async () => {
    const ann = await entered('ann')
    const bob = await entered('bob', 8)
    const eve = await entered('eve', 9)
    zones.tellPlan({ sanctions: [{ kind: 'ban', userId: user('ann'), endsAtMs: null }] })
    zones.say(1, { type: 'refused', player: numberOf(eve), code: 'REPLACED' })
    zones.tellPlan({ isClosed: true })
    await settle()
    assert.deepEqual(
      [ann, bob, eve].map((client) => last(client)?.['reason']),
      ['banned', 'closed', 'replaced'],
    )
    assert.deepEqual(
      zones.saidOf('gone').map(({ message }) => message.player),
      [numberOf(ann), numberOf(bob)],
    )
  })
})

describe('positions of a client', () => {
  const placesOf = () =>
    zones.batches.flatMap(({ bytes }) => {
      const twin = decodeFrame(bytes)
      assert.ok(twin.type === 'batch')
      return twin.position.map(({ slot, x }) => `${slot}:${x}`)
    })

  test('go to the region each 20 ms under the slot, the last of them', async () => {
    const client = await entered()
    client.connection.receive(bytesOf(position(1, 1)), true)
    client.connection.receive(bytesOf(position(2, 2)), true)
    assert.deepEqual(zones.batches, [])
    await bench.time.advance(20)
    assert.deepEqual(placesOf(), ['7:2'])
    client.connection.receive(bytesOf(position(2, 3)), true)
    client.connection.receive(bytesOf(position(1, 4)), true)
    await bench.time.advance(40)
    assert.deepEqual(placesOf(), ['7:2'])
  })

  test('go on where a region has other slots, though the word of it was lost', async () => {
    const client = await entered()
    const player = numberOf(client)
    const asked = () => zones.saidOf('adopt').length
    const before = asked()
    let out = 0
    const hear = async (ms: number, first: Uint8Array = new Uint8Array()) => {
      for (let n = 0; n < ms / 100; n += 1) {
        await bench.time.advance(100)
        const frame = n === 0 ? first : new Uint8Array()
        zones.deliver(1, [{ player, epoch: firstEpoch(1), out: (out += 1), frame }])
      }
    }
    await hear(2_000, resync())
    assert.equal(asked(), before, 'the slot came shortly before')
    await hear(800, resync())
    assert.equal(asked(), before, 'it may be on its way')
    await hear(600)
    assert.equal(asked(), before + 1)
    zones.seat(1, { player, slot: 9 })
    await hear(2_000)
    assert.equal(asked(), before + 1)
    client.connection.receive(bytesOf(position(1, 3)), true)
    await bench.time.advance(20)
    assert.deepEqual(placesOf().slice(-1), ['9:3'])
  })

  test('that come while no slot is known go with the slot; the slot of another region is not used', async () => {
    zones.plan = planOf({ map: cutRegion(planOf().map, 1, { axis: 'x', at: 512 }) })
    const client = await greeted()
    await client.say(enterFrame)
    const { player } = zones.saidOf('adopt')[0]!.message.who
    client.connection.receive(bytesOf(position(1, 5)), true)
    zones.seat(2, { player, slot: 7 })
    await bench.time.advance(20)
    assert.deepEqual(placesOf(), ['7:5'])
    const epoch = firstEpoch(3, firstEpoch(2))
    zones.say(2, { type: 'reroute', player, region: 3, epoch })
    client.connection.receive(bytesOf(position(2, 6)), true)
    await bench.time.advance(20)
    assert.deepEqual(placesOf(), ['7:5'])
    zones.seat(3, { player, epoch, slot: 12 })
    await bench.time.advance(20)
    assert.deepEqual(
      zones.batches.map(({ region }) => region),
      [2, 3],
    )
    assert.deepEqual(placesOf(), ['7:5', '12:6'])
    // The old one, late.
    zones.seat(2, { player, slot: 7 })
    client.connection.receive(bytesOf(position(3, 8)), true)
    await bench.time.advance(20)
    assert.deepEqual(placesOf(), ['7:5', '12:6', '12:8'])
  })

  test('over 40 a second are dropped, and who goes on is closed', async () => {
    const client = await entered()
    for (let seq = 1; seq <= zoneFrameBounds.burst + 10; seq++)
      client.connection.receive(bytesOf(position(seq, seq)), true)
    await bench.time.advance(20)
    assert.deepEqual(placesOf(), [`7:${zoneFrameBounds.burst}`])
    assert.equal(client.socket.closed, null)
    for (let seq = 100; seq <= 600; seq++) client.connection.receive(bytesOf(position(seq)), true)
    assert.deepEqual(client.socket.closed, { code: 4429, reason: 'FLOODING' })
  })

  test('that are none are refused by the code of the table; before hello they end the socket', async () => {
    const client = await entered()
    for (const bytes of [
      position(1).slice(0, 12),
      Uint8Array.of(...position(1), 0),
      Uint8Array.of(0x20 + 0x10),
      new Uint8Array(),
    ])
      client.connection.receive(bytesOf(bytes), true)
    const flags = position(1)
    flags[1] = 0b110
    client.connection.receive(bytesOf(flags), true)
    assert.deepEqual(client.codes(), [
      ...['VALIDATION_FAILED', 'VALIDATION_FAILED', 'UNKNOWN_FRAME', 'UNKNOWN_FRAME', 'VALIDATION_FAILED'],
    ])
    const stranger = bench.connect()
    stranger.connection.receive(bytesOf(position(1)), true)
    assert.equal(stranger.socket.closed?.reason, 'HELLO_EXPECTED')
  })

  test('are not what JSON in a binary message is', async () => {
    const client = await greeted()
    client.connection.receive(bytesOf(Buffer.from('{"type":"ping"}')), true)
    assert.equal(last(client)?.type, 'pong')
  })
})

describe('what regions say to a client', () => {
  const say = (client: Client, out: number, frame: Uint8Array, epoch = firstEpoch(1)) =>
    zones.deliver(1, [{ player: numberOf(client), epoch, out, frame }])

  test('is passed in order, once, with the names before it', async () => {
    const client = await entered()
    zones.say(1, { type: 'names', players: [{ player: 500, userId: user('bob'), name: 'Bob' }] })
    say(client, 1, resync(500))
    say(client, 2, update(1))
    say(client, 2, update(1))
    say(client, 1, resync(500))
    assert.deepEqual(
      client.shown.map((frame) => decodeFrame(frame).type),
      ['resync', 'changes'],
    )
    assert.deepEqual(last(client), {
      ...{ type: 'zone_names', zone_id: zoneId, players: [{ player: 500, user_id: 'bob', username: 'Bob' }] },
    })
  })

  test('after a gap is nothing but a resync, which is asked for', async () => {
    const client = await entered()
    say(client, 1, resync(500))
    await bench.time.advance(600)
    say(client, 2, nothing)
    await bench.time.advance(600)
    say(client, 4, update(1))
    say(client, 5, update(1))
    assert.equal(client.shown.length, 1)
    assert.equal(zones.saidOf('resync').length, 1)
    await bench.time.advance(600)
    say(client, 6, nothing)
    await bench.time.advance(600)
    assert.equal(zones.saidOf('resync').length, 2)
    say(client, 7, resync(500))
    say(client, 8, update(1))
    assert.equal(client.shown.length, 3)
  })

  test('is told anew when the client has lost the thread, at most once a second', async () => {
    const client = await entered()
    await bench.time.advance(600)
    say(client, 1, resync())
    await bench.time.advance(600)
    const ask = encodeFrame({ type: 'resync_ask', epoch: 1, hash: 7 })
    for (let n = 0; n < 5; n++) client.connection.receive(bytesOf(ask), true)
    assert.equal(zones.saidOf('resync').length, 1)
  })

  test('is fenced by the epoch of the player: who is behind is told', async () => {
    const client = await entered()
    say(client, 1, resync())
    const later = firstEpoch(2, firstEpoch(1))
    say(client, 2, resync(), later)
    say(client, 2, update(), firstEpoch(1))
    assert.equal(client.shown.length, 2)
    assert.deepEqual(zones.saidOf('fenced'), [
      { region: 1, message: { type: 'fenced', player: numberOf(client), epoch: later } },
    ])
  })

  test('goes on through a hand-off without a resync, and without asking for the slot that comes with it', async () => {
    zones.plan = planOf({ map: cutRegion(planOf().map, 1, { axis: 'x', at: 512 }) })
    const client = await greeted()
    await client.say(enterFrame)
    const { player } = zones.saidOf('adopt')[0]!.message.who
    const [before, later] = [firstEpoch(2), firstEpoch(3, firstEpoch(2))]
    zones.seat(2, { player, epoch: before, slot: 7 })
    const frames = adoptionMs / 500 + 1
    for (let out = 1; out <= frames; out++) {
      zones.deliver(2, [{ player, epoch: before, out, frame: out === 1 ? resync(500) : nothing }])
      await bench.time.advance(500)
    }
    const adopts = zones.saidOf('adopt').length
    zones.deliver(3, [{ player, epoch: later, out: frames + 1, frame: update(1) }])
    await bench.time.advance(600)
    zones.seat(3, { player, epoch: later, slot: 8 })
    assert.equal(client.shown.length, 2)
    assert.deepEqual([zones.saidOf('resync').length, zones.saidOf('adopt').length], [0, adopts])
  })

  test('is taken up by a region that begins anew, with the last place and what was passed', async () => {
    const client = await entered()
    say(client, 1, resync())
    client.connection.receive(bytesOf(position(1, 99)), true)
    zones.push(zones.asked.find(({ command }) => command.type === 'attach')!.key, 2, {
      type: 'snapshot',
      snapshot: null,
    })
    const { message } = zones.saidOf('adopt').at(-1)!
    assert.deepEqual(message.passage, { epoch: firstEpoch(1), out: 1, seq: 1 })
    assert.equal(message.place.x, 99)
    await bench.time.advance(20)
    client.connection.receive(bytesOf(position(2, 98)), true)
    await bench.time.advance(20)
    assert.ok(zones.batches.length <= 1)
  })

  test('is a signal of somebody, who may be answered though they are not in earshot; others may not be signaled', async () => {
    const client = await entered()
    say(client, 1, resync(500))
    const signal = { type: 'zone_signal', id: 5, zone_id: zoneId, to: 500, message_type: 'offer', sdp: chromiumOffer }
    await client.say(signal)
    const [sent] = zones.saidOf('signal')
    assert.deepEqual([sent?.region, sent?.message.from, sent?.message.to], [1, numberOf(client), 500])
    await client.say({ ...signal, id: 6, to: 501 })
    assert.deepEqual(client.codes(), ['NOT_IN_EARSHOT'])
    zones.say(1, { type: 'signal', from: 501, to: numberOf(client), body: sent?.message.body })
    assert.deepEqual(
      [last(client)?.type, last(client)?.['from'], last(client)?.['message_type']],
      ['zone_signal', 501, 'offer'],
    )
    await client.say({ ...signal, id: 7, to: 501 })
    assert.deepEqual(client.codes(), ['NOT_IN_EARSHOT'])
    await client.say({ ...signal, id: 8, sdp: 'v=1' })
    assert.deepEqual(client.codes(), ['NOT_IN_EARSHOT', 'SIGNAL_INVALID'])
  })

  test('is that its region does less, and all again; and what moderators decided', async () => {
    const client = await entered()
    zones.say(1, { type: 'overload', region: 1, rung: 2 })
    zones.say(1, { type: 'overload', region: 1, rung: 2 })
    zones.say(1, { type: 'overload', region: 1, rung: 0 })
    const enteredAtMs = bench.time.wallMs()
    const endsAtMs = enteredAtMs + 5_000
    zones.tellPlan({ sanctions: [{ kind: 'mute', userId: user('ann'), endsAtMs }] })
    assert.deepEqual(zones.saidOf('changed').at(-1)?.message.who, {
      ...{ player: numberOf(client), userId: 'ann', name: 'ANN', party: 0, enteredAtMs, speakMask: 0, hearMask: 1 },
    })
    await bench.time.advance(6_000)
    assert.equal(zones.saidOf('changed').at(-1)?.message.who.speakMask, 1)
    const events = ofType(client, 'zone_event').map(({ event, rung, muted }) => [event, rung ?? muted])
    assert.deepEqual(events, [
      ['overload', 2],
      ['overload', 0],
      ['sanctions', true],
      ['sanctions', false],
    ])
  })
})

test('what moderators decided is told the region until it goes by it', async () => {
  const client = await entered()
  zones.tellPlan({ sanctions: [{ kind: 'mute', userId: user('ann'), endsAtMs: null }] })
  const told = () => zones.saidOf('changed').length
  assert.equal(told(), 1)
  // The word is lost, and so is the next one.
  await bench.time.advance(900)
  assert.equal(told(), 3)
  const seated = { type: 'seated', player: numberOf(client), epoch: firstEpoch(1), region: 1, slot: 7 } as const
  zones.say(1, { ...seated, speakMask: 0, hearMask: 1 })
  await bench.time.advance(1_200)
  assert.equal(told(), 3)
})

describe('a client that does not read', () => {
  test('is told no places, then nothing, and everything when it has read', async () => {
    const client = await entered()
    await bench.time.advance(600)
    const say = (out: number, frame: Uint8Array) =>
      zones.deliver(1, [{ player: numberOf(client), epoch: firstEpoch(1), out, frame }])
    say(1, resync(500))
    client.socket.waiting = outflowBounds.sets + 1
    say(2, update(1))
    assert.equal(client.shown.length, 1)
    client.socket.waiting = outflowBounds.nothing + 1
    say(3, resync(500))
    say(4, update(1))
    assert.equal(client.shown.length, 1)
    assert.equal(zones.saidOf('resync').length, 0)
    client.socket.waiting = 0
    await bench.time.advance(600)
    assert.equal(zones.saidOf('resync').length, 1)
    say(5, update(1))
    say(6, resync(500))
    assert.equal(client.shown.length, 2)
  })

  test('is closed when that lasts', async () => {
    const client = await entered()
    zones.deliver(1, [{ player: numberOf(client), epoch: firstEpoch(1), out: 1, frame: resync() }])
    client.socket.waiting = outflowBounds.nothing + 1
    await bench.time.advance(parchedMaxMs + 500)
    assert.equal(client.socket.closed?.reason, 'SLOW_CONSUMER')
  })
})

describe("a game's server", () => {
  test('says where players are: to their region, and of those who are not here to all', async () => {
    zones.plan = planOf({ map: cutRegion(planOf().map, 1, { axis: 'x', at: 512 }) })
    const client = await greeted()
    await client.say(enterFrame)
    const { player } = zones.saidOf('adopt')[0]!.message.who
    zones.seat(2, { player, slot: 7 })
    const game = await greeted('game')
    const places = ['ann', 'zoe'].map((name) => ({ user_id: name, x: 1, y: 2, z: 0 }))
    await game.say({ type: 'zone_positions', id: 1, zone_id: zoneId, places })
    assert.deepEqual(last(game)?.['value'], { here: 1 })
    const told = zones
      .saidOf('placed')
      .map(({ region, message }) => [region, ...message.places.map(({ userId }) => userId)])
    assert.deepEqual(told, [
      [2, 'ann', 'zoe'],
      [3, 'zoe'],
    ])
    await client.say({ type: 'zone_positions', id: 9, zone_id: zoneId, places })
    assert.deepEqual(client.codes(), ['FORBIDDEN'])
  })
})

describe('a hundred thousand binary messages that are none', () => {
  test('end nothing but the sockets of those who go on', async () => {
    const client = { current: await entered() }
    let closed = 0
    const good = position(1)
    const malformed = fc.oneof(
      fc.uint8Array({ maxLength: 64 }).filter((bytes) => bytes.length !== 13 && bytes[0] !== 0x7b),
      fc.nat({ max: 12 }).map((length) => good.slice(0, length)),
      fc.uint8Array({ minLength: 1, maxLength: 20 }).map((more) => Uint8Array.of(...good, ...more)),
      fc.integer({ min: 32, max: 255 }).map((flags) => Uint8Array.of(1, flags, ...good.slice(2))),
      fc.constantFrom(0x02, 0x10, 0x20, 0x21, 0x22, 0x30, 0x40).map((code) => Uint8Array.of(code, ...good.slice(1))),
    )
    const frames = fc.sample(malformed, { numRuns: 10_000, seed: 7 })
    const before = zones.batches.length
    for (let n = 0; n < 100_000; n++) {
      client.current.connection.receive(bytesOf(frames[n % frames.length]!), true)
      if (client.current.socket.closed) {
        closed += 1
        assert.equal(client.current.socket.closed.reason, 'FLOODING')
        client.current = await greeted(`user-${n}`)
      }
      const codes = client.current.heard.length > 200 ? [] : client.current.codes()
      for (const code of codes.slice(-1)) assert.ok(allowed.has(code), code)
    }
    assert.ok(closed > 100)
    assert.equal(zones.batches.length, before)
    const after = await entered('zoe')
    assert.equal(last(after)?.type, 'reply')
  })
})

const allowed = new Set(['VALIDATION_FAILED', 'UNKNOWN_FRAME', 'MALFORMED_JSON', 'RATE_LIMITED', 'FLOODING'])
