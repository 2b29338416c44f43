import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { RecentEvents } from './recent-events.ts'

const at = (seq: number) => ({ epoch: 1, seq })
const seqs = (recent: RecentEvents, seq: number) => recent.after(seq)?.map((missed) => missed.at.seq) ?? null

describe('what an actor told lately', () => {
  test('is told again behind any seq since it began', () => {
    const recent = new RecentEvents(4)
    for (const seq of [5, 6, 7]) recent.add(at(seq), [`e${seq}`])
    assert.deepEqual(recent.after(5), [
      { at: at(6), events: ['e6'] },
      { at: at(7), events: ['e7'] },
    ])
    assert.deepEqual(seqs(recent, 4), [5, 6, 7])
    assert.deepEqual(seqs(recent, 7), [])
  })

  test('is not guessed at: neither from before it began nor behind its end', () => {
    const recent = new RecentEvents(4)
    recent.add(at(5), ['e5'])
    assert.deepEqual([seqs(recent, 3), seqs(recent, 6)], [null, null])
  })

  test('covers entries of which nothing was told', () => {
    const recent = new RecentEvents(0)
    recent.add(at(1), ['e1'])
    recent.add(at(2), [])
    assert.deepEqual([seqs(recent, 1), seqs(recent, 2)], [[], []])
  })

  test('is forgotten from its old end above so many entries', () => {
    const recent = new RecentEvents(0, { entries: 2 })
    for (const seq of [1, 2, 3]) recent.add(at(seq), ['e'])
    assert.deepEqual([seqs(recent, 0), seqs(recent, 1)], [null, [2, 3]])
  })

  test('is forgotten from its old end above so much, down to the last entry', () => {
    const recent = new RecentEvents(0, { chars: 20 })
    recent.add(at(1), ['123456'])
    recent.add(at(2), ['123456'])
    assert.deepEqual(seqs(recent, 0), [1, 2])
    recent.add(at(3), ['123456'])
    assert.deepEqual([seqs(recent, 0), seqs(recent, 1)], [null, [2, 3]])
    recent.add(at(4), ['far more than there is room for'])
    assert.deepEqual([seqs(recent, 3), seqs(recent, 4)], [null, []])
  })
})
