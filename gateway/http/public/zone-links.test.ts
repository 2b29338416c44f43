import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { linkBounds, waitsForOffer, ZoneLinks } from './zone-links.js'

const peer = (player: number, distanceM: number, isAudible = false) => ({ player, distanceM, isAudible })
const crowd = (count: number) => Array.from({ length: count }, (_, n) => peer(n + 1, n + 1))

/** Looks ten times a second, and keeps who has a link. */
class Looking {
  readonly links = new ZoneLinks()
  readonly opened: { readonly player: number; readonly atMs: number }[] = []
  nowMs = 0
  stands: (player: number) => boolean = () => true

  look(forMs: number, earshot: ReturnType<typeof peer>[]) {
    for (const untilMs = this.nowMs + forMs; this.nowMs < untilMs; this.nowMs += 100) {
      const { open } = this.links.step(this.nowMs, earshot, this.stands)
      for (const player of open) this.opened.push({ player, atMs: this.nowMs })
      assert.ok(this.have.length <= linkBounds.max)
    }
    return this.have
  }

  get have() {
    return [...this.links.players].sort((a, b) => a - b)
  }
}

describe('the links of a zone', () => {
  test('come one a second, to those who are heard first and then to the nearest, and are eight at most', () => {
    const looking = new Looking()
    looking.look(12_000, [...crowd(12), peer(20, 29, true), peer(21, 28, true)])
    assert.deepEqual(
      looking.opened.map(({ player }) => player),
      [21, 20, 1, 2, 3, 4, 5, 6],
    )
    assert.ok(looking.opened.every(({ atMs }, n) => atMs - (looking.opened[n - 1]?.atMs ?? -Infinity) >= 1_000))
  })

  test('outlive an earshot that is empty for a while, as when a region dies, and end when it stays so', () => {
    const looking = new Looking()
    assert.deepEqual(looking.look(3_000, crowd(2)), [1, 2])
    assert.deepEqual(looking.look(4_900, []), [1, 2])
    assert.deepEqual(looking.look(1_000, crowd(2)), [1, 2])
    assert.deepEqual(looking.look(5_500, []), [])
    assert.equal(looking.opened.length, 2)
  })

  test('are not lost to somebody nearer, and to somebody who is heard only if one is not', () => {
    const looking = new Looking()
    const eight = crowd(8).map(({ player }) => peer(player, player + 10))
    looking.look(20_000, eight)
    assert.deepEqual(looking.look(5_000, [...eight, peer(9, 1)]), [1, 2, 3, 4, 5, 6, 7, 8])
    assert.deepEqual(looking.look(2_000, [...eight, peer(9, 1, true)]), [1, 2, 3, 4, 5, 6, 7, 9])
    const heard = [...eight.slice(0, 7), peer(9, 1)].map(({ player, distanceM }) => peer(player, distanceM, true))
    assert.deepEqual(looking.look(5_000, [...heard, peer(10, 0.5, true)]), [1, 2, 3, 4, 5, 6, 7, 9])
  })

  test('are made with whoever asks though they are not heard, for as long as they stand', () => {
    const looking = new Looking()
    looking.links.asked(5, 0)
    assert.deepEqual(looking.look(20_000, []), [5])
    looking.stands = () => false
    assert.deepEqual(looking.look(6_000, []), [])
  })

  test('that do not come to stand give their place to others for a while, unless the other side asks', () => {
    const looking = new Looking()
    looking.stands = () => false
    looking.look(12_000, [peer(1, 5)])
    assert.deepEqual(looking.have, [1])
    assert.deepEqual(looking.look(1_000, [peer(1, 5)]), [])
    looking.links.asked(1, looking.nowMs)
    assert.deepEqual(looking.look(1_100, [peer(1, 5)]), [1])
    looking.look(13_000, [peer(1, 5)])
    assert.deepEqual(looking.have, [])
    assert.deepEqual(looking.look(11_000, [peer(1, 5)]), [1])
  })

  test('are offered by the side with the lower number', () => {
    assert.deepEqual([waitsForOffer(2, 1), waitsForOffer(1, 2)], [true, false])
  })
})
