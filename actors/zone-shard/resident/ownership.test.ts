import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import type { UserId } from '../../../protocol/ids.ts'
import type { HandedPlayer, ToGateway, ZonePlayer } from '../../../protocol/zone/link-messages.ts'
import { planOf } from '../../../test/support/zone-bench.ts'
import { Ownership } from './ownership.ts'
import { Population } from './population.ts'
import type { ToOtherRegion } from './ways.ts'

const self = { region: 1, life: 1 }
const place = { x: 160, y: 160, z: 0, stance: 1 }
const entering = { epoch: 0, out: 0, seq: 0 }
const playerOf = (gateway: number, count: number, enteredAtMs: number): ZonePlayer => ({
  ...{ player: ((gateway << 20) | count) >>> 0, userId: 'ann' as UserId, name: 'Ann', party: 0, enteredAtMs },
  ...{ speakMask: 1, hearMask: 1 },
})

let population: Population
let ownership: Ownership
let toGateways: ToGateway[]
let toRegions: { readonly region: number; readonly message: ToOtherRegion }[]

beforeEach(() => {
  population = new Population(planOf(), 1, () => undefined)
  toGateways = []
  toRegions = []
  ownership = new Ownership({
    ...{ self, population, nowMs: () => 0, refusesJoins: () => false },
    toRegion: (region, message) => toRegions.push({ region, message }),
    toGateway: (_gateway, message) => toGateways.push(message),
  })
})

const enter = (who: ZonePlayer) => ownership.adopt({ type: 'adopt', who, place, passage: entering })
const handedOver = (who: ZonePlayer) => {
  const record: HandedPlayer = { who, place, peers: [], lastAlias: 0 }
  const passage = { epoch: 2 ** 28 + 2, out: 5, seq: 5 }
  ownership.hand(who.player, { type: 'commit', from: 2, passage }, record)
}
const here = () => [...population.players.keys()]
const replaced = () => toGateways.flatMap((said) => (said.type === 'refused' ? [[said.player, said.code]] : []))

describe('of two entries of one user', () => {
  test('the later one stays', () => {
    const [before, now] = [playerOf(1, 7, 1_000), playerOf(2, 1, 5_000)]
    enter(before)
    enter(now)
    assert.deepEqual(here(), [now.player])
    assert.deepEqual(replaced(), [[before.player, 'REPLACED']])
  })

  test('the later one stays where the word of the earlier comes late', () => {
    const [before, now] = [playerOf(1, 7, 1_000), playerOf(2, 1, 5_000)]
    enter(now)
    enter(before)
    assert.deepEqual(here(), [now.player])
    assert.deepEqual(replaced(), [[before.player, 'REPLACED']])
  })

  test('the later one stays where the earlier is handed over to its region', () => {
    const [before, now] = [playerOf(1, 7, 1_000), playerOf(2, 1, 5_000)]
    enter(now)
    handedOver(before)
    assert.deepEqual(here(), [now.player])
    assert.deepEqual(replaced(), [[before.player, 'REPLACED']])
    const [answer] = toRegions.filter(({ region }) => region === 2)
    assert.ok(answer?.message.type === 'hand' && answer.message.message.type === 'committed')
  })

  test('a gateway counts its own', () => {
    const [before, now] = [playerOf(1, 7, 5_000), playerOf(1, 8, 5_000)]
    enter(now)
    enter(before)
    handedOver(before)
    assert.deepEqual(here(), [now.player])
  })
})

test('who has left is gone, whichever epoch their gateway had heard of', () => {
  const ann = playerOf(1, 1, 0)
  enter(ann)
  ownership.gone(ann.player)
  assert.deepEqual(here(), [])
})

test('a gateway hears by which masks its player goes, after each change too', () => {
  const ann = playerOf(1, 1, 0)
  enter(ann)
  ownership.changed({ ...ann, speakMask: 0 })
  const masks = toGateways.flatMap((said) => (said.type === 'seated' ? [[said.speakMask, said.hearMask]] : []))
  assert.deepEqual(masks, [
    [1, 1],
    [0, 1],
  ])
})

test('who turns out to be another’s says so, once', () => {
  const ann = playerOf(1, 1, 0)
  enter(ann)
  const { epoch } = population.players.get(ann.player)!
  assert.equal(ownership.fenced(ann.player, epoch), false)
  assert.equal(ownership.fenced(ann.player, epoch + 2 ** 28), true)
  assert.equal(ownership.fenced(ann.player, epoch + 2 ** 28), false)
})
