import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { delayImpairment, estimate, impairmentOf, lossImpairment, mosOf, oneWayDelayMs, scoreOf } from './e-model.ts'

const near = (actual: number, expected: number, tolerance: number) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected} ± ${tolerance}`)

describe('the E-model', () => {
  // Table B.1 of G.107, and the default rating of 93.2.
  for (const [rating, mos] of [
    [93.2, 4.41],
    [90, 4.34],
    [80, 4.03],
    [70, 3.6],
    [60, 3.1],
    [50, 2.58],
    [0, 1],
    [-5, 1],
    [100, 4.5],
    [120, 4.5],
  ] as const) {
    test(`gives a rating of ${rating} the opinion score of the published table, ${mos}`, () =>
      near(mosOf(rating), mos, 0.011))
  }

  // Cole and Rosenbluth: Id = 0.024 d + 0.11 (d - 177.3) beyond 177.3 ms.
  for (const [delayMs, cost] of [
    [0, 0],
    [100, 2.4],
    [177.3, 4.255],
    [200, 7.297],
    [400, 34.097],
  ] as const) {
    test(`lets a delay of ${delayMs} ms cost ${cost}`, () => near(delayImpairment(delayMs), cost, 0.001))
  }

  test('lets loss cost what G.113 says of G.711 without concealment', () => {
    const plain = { ie: 0, bpl: 4.3 }
    near(lossImpairment(0.01, plain), 17.92, 0.01)
    near(lossImpairment(0.02, plain), 30.16, 0.01)
    near(lossImpairment(0.05, plain), 51.08, 0.01)
    near(lossImpairment(0.05, impairmentOf('PCMU')), 15.78, 0.01)
  })

  test('takes what G.113 says of G.729A with concealment, whose codec costs by itself', () => {
    const g729a = { ie: 11, bpl: 19 }
    near(lossImpairment(0, g729a), 11, 0)
    near(lossImpairment(0.02, g729a), 19, 0.01)
  })

  test('takes an unknown codec for Opus, and Opus without FEC as less robust', () => {
    assert.deepEqual(impairmentOf(undefined), impairmentOf('opus'))
    assert.deepEqual(impairmentOf('__proto__'), impairmentOf('Opus'))
    const hearing = { lossRate: 0.05, jitterMs: 5, roundTripMs: 40 }
    assert.ok(
      estimate(hearing, impairmentOf('opus', false)).score < estimate(hearing, impairmentOf('opus', true)).score,
    )
  })

  test('adds half the round trip, the codec and a buffer of twice the jitter up to the delay', () => {
    assert.equal(oneWayDelayMs({ lossRate: 0, jitterMs: 10, roundTripMs: 80 }), 40 + 20 + 26.5)
  })

  test('finds a good connection very good, a bad one bad', () => {
    near(estimate({ lossRate: 0, jitterMs: 0, roundTripMs: 0 }).score, 0.971, 0.001)
    // By hand: delay 116.5 ms costs 2.80, loss 12.39; R = 78.01, MOS = 3.947.
    near(estimate({ lossRate: 0.03, jitterMs: 15, roundTripMs: 120 }).score, 0.842, 0.001)
    assert.ok(estimate({ lossRate: 0.3, jitterMs: 80, roundTripMs: 600 }).score < 0.2)
    assert.equal(estimate({ lossRate: 1, jitterMs: 60_000, roundTripMs: 60_000 }).score, 0)
    assert.deepEqual([scoreOf(0), scoreOf(4.5), scoreOf(5)], [0, 1, 1])
  })

  test('never finds more loss, jitter or delay any better, and stays within its range', () => {
    const hearing = fc.record({
      lossRate: fc.double({ min: 0, max: 1, noNaN: true }),
      jitterMs: fc.double({ min: 0, max: 60_000, noNaN: true }),
      roundTripMs: fc.double({ min: 0, max: 60_000, noNaN: true }),
    })
    fc.assert(
      fc.property(hearing, hearing, (a, b) => {
        const worse = {
          lossRate: Math.max(a.lossRate, b.lossRate),
          jitterMs: Math.max(a.jitterMs, b.jitterMs),
          roundTripMs: Math.max(a.roundTripMs, b.roundTripMs),
        }
        const [first, second] = [estimate(a), estimate(worse)]
        assert.ok(second.score <= first.score)
        assert.ok(first.score >= 0 && first.score <= 1 && first.mos >= 1 && first.mos <= 4.5)
      }),
    )
  })
})
