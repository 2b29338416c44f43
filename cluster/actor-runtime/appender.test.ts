import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ActorJournal, AppendOutcome, JournalEntry } from '../../persistence/journal/port.ts'
import { commandId, type ActorKey } from '../../protocol/ids.ts'
import { ManualTime } from '../../test/support/manual-time.ts'
import { Appender } from './appender.ts'

/** An appender over a journal whose batches are settled by hand, on a loop whose turns are taken by hand. */
function setUp() {
  const batches: { readonly seqs: readonly number[]; commit(): void }[] = []
  const turns: (() => void)[] = []
  const journal = {
    append: (entries: readonly JournalEntry<never>[]) =>
      new Promise<readonly AppendOutcome[]>((resolve) => {
        const commit = () => resolve(entries.map(() => ({ outcome: 'committed' })))
        batches.push({ seqs: entries.map(({ seq }) => seq), commit })
      }),
  } as unknown as ActorJournal<never>
  const appender = new Appender<never>(journal, new ManualTime(), { soon: (run) => void turns.push(run) })
  const settled: number[] = []
  const submit = (seq: number, isWanted = true) => {
    const of = { key: 'tally:a' as ActorKey, epoch: 1, commandId: commandId('c', seq), atMs: 0, events: [{}] }
    const client = { wanted: () => isWanted, settled: () => void settled.push(seq) }
    appender.submit({ ...of, seq, reply: null, writes: [] }, client)
  }
  const turn = () => {
    for (const run of turns.splice(0)) run()
  }
  const settle = async () => {
    batches.at(-1)?.commit()
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { appender, batches, settled, submit, turn, settle }
}

describe('an appender', () => {
  test('begins in the next turn of the loop, with all that one turn brought and without waiting for more', () => {
    const { batches, submit, turn } = setUp()
    submit(1)
    submit(2)
    assert.equal(batches.length, 0)
    turn()
    assert.deepEqual(
      batches.map(({ seqs }) => seqs),
      [[1, 2]],
    )
  })

  test('makes one batch of whatever comes while another is under way, and tells in order', async () => {
    const { appender, batches, settled, submit, turn, settle } = setUp()
    submit(1)
    turn()
    for (const seq of [2, 3, 4]) submit(seq)
    turn()
    assert.deepEqual([batches.length, appender.waiting], [1, 3])
    await settle()
    assert.deepEqual(
      batches.map(({ seqs }) => seqs),
      [[1], [2, 3, 4]],
    )
    await settle()
    assert.deepEqual(settled, [1, 2, 3, 4])
  })

  test('leaves out what nobody wants any more by then', async () => {
    const { batches, submit, turn, settle } = setUp()
    submit(1)
    turn()
    submit(2, false)
    submit(3)
    await settle()
    assert.deepEqual(batches[1]?.seqs, [3])
  })
})
