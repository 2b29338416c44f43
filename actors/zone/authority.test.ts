import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isLater, PositionAuthority } from './authority.ts'
import { defaultAuthority } from '../../protocol/zone/authority-rules.ts'

const metres = (m: number) => m * 16
const authority = (more: Partial<typeof defaultAuthority> = {}) =>
  new PositionAuthority({ ...defaultAuthority, ...more }, 10, 4)

test('who walks is believed, and who is suddenly elsewhere is not', () => {
  const judge = authority()
  judge.begin(0, 0, 0, 0, 0)
  assert.equal(judge.judge(0, metres(2), 0, 0, false, 1), 'taken')
  assert.equal(judge.judge(0, metres(100), 0, 0, false, 2), 'too_fast')
  assert.equal(judge.judge(0, metres(4), 0, 0, false, 2), 'taken', 'judged from where they were')
})

test('words that come in a heap after a pause are believed: up to a second of way, and five where nothing was taken', () => {
  const judge = authority()
  judge.begin(0, 0, 0, 0, 0)
  for (let n = 1; n <= 10; n++) assert.equal(judge.judge(0, metres(2 * n), 0, 0, false, 0), 'taken')
  assert.equal(judge.judge(0, metres(22), 0, 0, false, 0), 'too_fast')
  // Nine and a half seconds of nothing but words that are too far.
  for (let tick = 5; tick < 100; tick += 5) judge.judge(0, metres(500), 0, 0, false, tick)
  assert.equal(judge.judge(0, metres(121), 0, 0, false, 100), 'too_fast')
  assert.equal(judge.judge(0, metres(119), 0, 0, false, 100), 'taken')
  assert.equal(judge.judge(0, metres(121), 0, 0, false, 100), 'too_fast', 'a metre is left')
})

test('a leap that is said to be one is taken, once in five seconds', () => {
  const judge = authority()
  judge.begin(0, 0, 0, 0, 0)
  assert.equal(judge.judge(0, metres(500), 0, 0, true, 0), 'leapt')
  assert.equal(judge.judge(0, metres(1000), 0, 0, true, 49), 'leapt_too_soon')
  assert.equal(judge.judge(0, metres(1000), 0, 0, true, 50), 'leapt')
  const strict = authority({ leapEveryS: 0 })
  strict.begin(0, 0, 0, 0, 0)
  assert.equal(strict.judge(0, metres(500), 0, 0, true, 0), 'too_fast')
})

test("where the game's server decides, a client's word counts within 50 m of the server's last one", () => {
  const judge = authority({ positionAuthority: 'server' })
  judge.begin(0, 0, 0, 0, 0)
  assert.equal(judge.judge(0, 1, 0, 0, false, 0), 'no_server_word')
  judge.place(0, metres(100), 0, 0, 0)
  assert.equal(judge.judge(0, metres(110), 0, 0, false, 10), 'taken')
  for (let n = 2; n < 5; n++) judge.judge(0, metres(100 + n * 10), 0, 0, false, n * 10)
  assert.equal(judge.judge(0, metres(151), 0, 0, false, 60), 'off_tether')
  assert.equal(judge.judge(0, metres(150), 0, 0, true, 60), 'taken')
  judge.place(0, metres(900), 0, 0, 61)
  assert.equal(judge.judge(0, metres(900), metres(5), 0, false, 62), 'taken')
})

test('whatever is said, nobody gets farther than the speed allows, leaps aside', () => {
  const word = fc.record({
    dx: fc.integer({ min: -400, max: 400 }),
    dy: fc.integer({ min: -400, max: 400 }),
    wait: fc.nat(4),
  })
  fc.assert(
    fc.property(fc.array(word, { maxLength: 200, size: 'max' }), (words) => {
      const judge = authority()
      judge.begin(0, 0, 0, 0, 0)
      let [x, y, tick, way] = [0, 0, 0, 0]
      for (const { dx, dy, wait } of words) {
        tick += wait
        if (judge.judge(0, x + dx, y + dy, 0, false, tick) !== 'taken') continue
        x += dx
        y += dy
        way += Math.hypot(dx, dy)
      }
      assert.ok(way <= metres(20) * (1 + tick / 10) + 1)
    }),
    { seed: 4 },
  )
})

test('numbers of 16 bits are compared around their end', () => {
  assert.ok(isLater(1, 0) && isLater(0, 65535) && isLater(100, 65000))
  assert.ok(!isLater(0, 0) && !isLater(65535, 0) && !isLater(5, 6))
})
