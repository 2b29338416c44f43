import assert from 'node:assert/strict'
import { afterEach, describe, mock, test } from 'node:test'
import type { ShardsBody } from '../../../../protocol/http/zones.ts'
import { stepsPerMetre as stepsOfZones } from '../../../../protocol/zone/rules.ts'
import { ApiError } from '../gateway-api.js'
import { around, barM, fitted, moved, pixelOf, zoomed } from './map-view.js'
import { MovingPoints, stepsPerMetre } from './points.js'
import { TickHistory } from './tick-history.js'
import { ZonePoll } from './zone-poll.js'
import { zoneErrorInWords } from './zone-words.js'

/** As answers have them. */
const said = (...people: [x: number, y: number, ghost?: 1][]) =>
  people.flatMap(([x, y, ghost]) => [x * stepsPerMetre, y * stepsPerMetre, ghost ?? 0])

describe('the dots of a region', () => {
  const before = new MovingPoints(said([10, 10], [500, 10], [10, 500], [900, 900, 1]))

  test('have places in metres, by the steps that zones have', () => {
    assert.equal(stepsPerMetre, stepsOfZones)
    assert.deepEqual([...before.to], [10, 10, 500, 10, 10, 500, 900, 900])
    assert.deepEqual([...before.ghost], [0, 0, 0, 1])
  })

  test('go on from where they are drawn', () => {
    const once = before.next(said([14, 10], [500, 14], [10, 500], [900, 904, 1]), 1, 20)
    const twice = once.next(said([18, 10], [500, 18], [10, 500], [900, 908, 1]), 0.5, 20)
    assert.deepEqual([...twice.from], [12, 10, 500, 12, 10, 500, 900, 902])
    assert.deepEqual([...twice.to], [18, 10, 500, 18, 10, 500, 900, 908])
  })

  test('are told apart though one in the middle has gone and another has come', () => {
    const next = before.next(said([11, 10], [300, 300], [11, 500], [901, 900, 1]), 1, 20)
    assert.deepEqual([...next.from], [10, 10, 300, 300, 10, 500, 900, 900])
  })

  test('do not fly across the map: who has leapt, or is a ghost now, stands where they are', () => {
    const next = before.next(said([60, 10], [501, 10, 1]), 1, 20)
    assert.deepEqual([...next.from], [...next.to])
  })
})

describe('the part of a zone that is seen', () => {
  const size = { width: 848, height: 448 }
  const zone = around([
    { left: 0, bottom: 0, right: 512, top: 1_024 },
    { left: 512, bottom: 0, right: 2_048, top: 1_024 },
  ])
  const view = fitted(zone, size)
  const rounded = ({ x, y }: { x: number; y: number }) => [Number(x.toFixed(6)), Number(y.toFixed(6))]

  test('is all of it in the middle at first, north up', () => {
    assert.deepEqual(zone, { left: 0, bottom: 0, right: 2_048, top: 1_024 })
    assert.deepEqual(rounded(pixelOf(view, 0, 1_024)), [24, 24])
    assert.deepEqual(rounded(pixelOf(view, 2_048, 0)), [824, 424])
  })

  test('is moved by pixels', () => {
    assert.deepEqual(rounded(pixelOf(moved(view, 30, -20), 0, 1_024)), [54, 4])
  })

  test('is zoomed about the pixel, within bounds', () => {
    const pixel = { x: 200, y: 100 }
    const place = { x: view.left + pixel.x / view.scale, y: view.top - pixel.y / view.scale }
    for (const factor of [1.5, 1 / 1.5, 1e9, 1e-9]) {
      const next = zoomed(view, factor, pixel, view.scale)
      const there = pixelOf(next, place.x, place.y)
      assert.ok(Math.abs(there.x - pixel.x) < 1e-6 && Math.abs(there.y - pixel.y) < 1e-6)
      assert.ok(next.scale >= view.scale / 2 && next.scale <= 64)
    }
  })

  test('has a bar of a round length', () => {
    assert.deepEqual(
      [0.39, 1, 3, 64].map((scale) => barM(scale, 160)),
      [200, 100, 50, 2],
    )
  })
})

const shard = { node: 'node-1', epoch: 1, plan_version: 1, players: 1, ghosts: 0, rung: 0 }
const region = (id: number, p95: number): ShardsBody['regions'][number] => ({
  ...{ region: id, bounds: { left: 0, bottom: 0, right: 512, top: 512 }, neighbours: [], shares: 1 },
  shard: { ...shard, tick_mean_ms: p95 / 2, tick_p95_ms: p95 },
})

describe('what ticks took', () => {
  test('is kept for two minutes, and forgotten with the region', () => {
    const history = new TickHistory()
    for (let second = 0; second < 150; second += 1) history.note([region(1, second), region(2, 5)])
    assert.equal(history.of(1).length, 120)
    assert.deepEqual(history.of(1).at(-1), { meanMs: 74.5, p95Ms: 149 })
    history.note([{ ...region(1, 0), shard: null }])
    assert.equal(history.of(1).length, 120)
    assert.deepEqual(history.of(2), [])
  })
})

describe('asking for the regions of a zone', () => {
  afterEach(() => mock.timers.reset())

  const answer = (players: number): ShardsBody =>
    ({ zone_id: 'z', plan_version: 1, map_version: 1, players, regions: [] }) as unknown as ShardsBody

  /** Asks on a clock of the test; what is asked is answered from `answers`, in turn, and with the last one again. */
  const asking = (answers: readonly (ShardsBody | Error)[]) => {
    mock.timers.enable({ apis: ['setTimeout'] })
    const told: (number | string)[] = []
    const state = { asked: 0, isSeen: true }
    const poll = new ZonePoll({
      read: () => {
        const next = answers[Math.min(state.asked, answers.length - 1)]!
        state.asked += 1
        return next instanceof Error ? Promise.reject(next) : Promise.resolve(next)
      },
      onShards: ({ players }) => told.push(players),
      onError: (error, isFinal) => told.push(`${(error as ApiError).code}${isFinal ? ' for good' : ''}`),
      isSeen: () => state.isSeen,
    })
    const pass = async (ms: number) => {
      for (let passed = 0; passed < ms; passed += 100) {
        mock.timers.tick(100)
        for (let turn = 0; turn < 5; turn += 1) await Promise.resolve()
      }
    }
    return { poll, told, state, pass }
  }

  test('is done once a second, and not while nobody looks', async () => {
    const zone = asking([answer(1)])
    zone.poll.follow('token', 'z')
    await zone.pass(3_050)
    assert.ok(zone.state.asked >= 3 && zone.state.asked <= 4, `asked ${zone.state.asked} times`)
    zone.state.isSeen = false
    await zone.pass(1_100)
    const seen = zone.state.asked
    await zone.pass(10_000)
    assert.equal(zone.state.asked, seen)
  })

  test('waits longer behind each failure, 15 s at the most, and goes on as before once it is over', async () => {
    const failures = Array.from({ length: 6 }, () => new ApiError(503, 'NO_OWNER', ''))
    const zone = asking([...failures, answer(7)])
    zone.poll.follow('token', 'z')
    await zone.pass(31_500)
    assert.equal(zone.state.asked, 6, '1, 2, 4, 8 and 15 s lie between them')
    await zone.pass(15_000)
    await zone.pass(2_000)
    assert.deepEqual(zone.told.slice(0, 7), [...failures.map(({ code }) => code), 7])
    assert.ok(zone.state.asked >= 8)
  })

  test('ends with a refusal', async () => {
    const zone = asking([new ApiError(429, 'RATE_LIMITED', ''), new ApiError(403, 'FORBIDDEN', '')])
    zone.poll.follow('token', 'z')
    await zone.pass(60_000)
    assert.deepEqual(zone.told, ['RATE_LIMITED', 'FORBIDDEN for good'])
  })

  test('hears no late answer about a zone that was left', async () => {
    const waiting: ((shards: ShardsBody) => void)[] = []
    const told: number[] = []
    const poll = new ZonePoll({
      read: () => new Promise((resolve) => waiting.push(resolve)),
      onShards: ({ players }) => told.push(players),
      onError: () => assert.fail(),
      isSeen: () => true,
    })
    poll.follow('token', 'one')
    poll.follow('token', 'other')
    waiting[0]?.(answer(1))
    waiting[1]?.(answer(2))
    await new Promise((resolve) => setImmediate(resolve))
    poll.stop()
    assert.deepEqual(told, [2])
  })
})

describe('words for who watches zones', () => {
  test('tell refusals apart, and a gateway that is silent from one that refuses', () => {
    const of = (status: number, code: string) => zoneErrorInWords(new ApiError(status, code, 'as the service says it'))
    assert.match(of(403, 'FORBIDDEN'), /may not look into that zone/)
    assert.equal(of(404, 'ZONE_NOT_FOUND'), 'There is no such zone.')
    assert.match(of(503, 'NO_OWNER'), /moving to another machine/)
    assert.match(of(401, 'TOKEN_EXPIRED'), /expired/)
    assert.equal(of(418, 'NEW_CODE'), 'as the service says it')
    assert.match(zoneErrorInWords(new TypeError('Failed to fetch')), /does not answer/)
  })
})
