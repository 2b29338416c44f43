import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { ActorKey, CommandId, Incarnation, ProcessId } from '../../protocol/ids.ts'
import type { NodeLeases } from '../node-leases/port.ts'
import type { ActorJournal, AppendOutcome, JournalEntry } from './port.ts'

/** A journal under test. Its writes are names; the name `forbidden` breaks a rule of the tables. */
export interface JournalBench {
  readonly journal: ActorJournal<string>
  readonly leases: NodeLeases
  /** Lets so many ms pass. */
  pass(ms: number): Promise<void>
  /** The names written beside entries so far. */
  written(): Promise<readonly string[]>
  close(): Promise<void>
}

/** A process that claims. */
export const claimant = (process: string) => ({
  process: process as ProcessId,
  incarnation: randomUUID() as Incarnation,
})

/** An actor nobody else uses. */
export const freshKey = (): ActorKey => `room:${randomUUID()}` as ActorKey

/** An entry with defaults. */
export const entryOf = (
  key: ActorKey,
  epoch: number,
  seq: number,
  over: Partial<JournalEntry<string>> = {},
): JournalEntry<string> => ({
  key,
  epoch,
  seq,
  commandId: `test/${seq}` as CommandId,
  atMs: Date.UTC(2026, 0, 1) + seq,
  events: [{ type: 'happened', seq }],
  reply: { seq },
  writes: [],
  ...over,
})

const outcomes = (results: readonly AppendOutcome[]) => results.map(({ outcome }) => outcome)
const node = claimant('node-1')
const other = claimant('node-2')

/** What every journal promises (port.ts). */
export function journalContract(name: string, open: () => Promise<JournalBench>): void {
  describe(name, () => {
    let bench: JournalBench
    let key: ActorKey
    beforeEach(async () => {
      bench = await open()
      key = freshKey()
    })
    afterEach(() => bench.close())

    const owned = async (epoch: number) => {
      const fence = await bench.journal.fence(key, epoch, node)
      assert.ok(fence.granted)
      return fence.loaded
    }

    describe('the fence', () => {
      test('raises the epoch and tells the actor as of that moment', async () => {
        assert.deepEqual(await owned(3), { epoch: 3, snapshot: null, tail: [] })
        const first = entryOf(key, 3, 1)
        await bench.journal.append([first])
        const { writes: _, ...stored } = first
        assert.deepEqual(await owned(4), { epoch: 4, snapshot: null, tail: [stored] })
      })

      test('is refused for an epoch that is not above the one in force, whoever asks', async () => {
        await owned(5)
        for (const [epoch, who] of [
          [5, node],
          [5, other],
          [4, other],
        ] as const) {
          assert.deepEqual(await bench.journal.fence(key, epoch, who), {
            granted: false,
            currentEpoch: 5,
            heldBy: null,
          })
        }
      })

      test('is granted to one of many who ask for the same epoch', async () => {
        const asked = await Promise.all(
          Array.from({ length: 8 }, (_, index) => bench.journal.fence(key, 1, claimant(`node-${index}`))),
        )
        assert.equal(asked.filter(({ granted }) => granted).length, 1)
      })
    })

    describe('a lease in the record', () => {
      test('keeps the actors of its holder from everybody else, and only those', async () => {
        await owned(3)
        await bench.leases.hold(node, 60_000)
        assert.deepEqual(await bench.journal.fence(key, 9, other), { granted: false, currentEpoch: 3, heldBy: node })
        assert.deepEqual(outcomes(await bench.journal.append([entryOf(key, 3, 1)])), ['committed'])
        assert.ok((await bench.journal.fence(freshKey(), 1, other)).granted)
        assert.ok((await bench.journal.fence(key, 4, node)).granted, 'its holder may go on')
        assert.deepEqual(await bench.journal.fence(key, 4, other), { granted: false, currentEpoch: 4, heldBy: null })
      })

      test('keeps guests from them too, while it lasts', async () => {
        await owned(3)
        await bench.leases.hold(node, 60_000)
        const write = (by: typeof node, seq: number) =>
          bench.journal.guestAppend(key, by, (_, epoch) => entryOf(key, epoch, seq))
        assert.deepEqual(await write(other, 1), { outcome: 'fenced', currentEpoch: 3 })
        assert.deepEqual(outcomes(await bench.journal.append([entryOf(key, 3, 1)])), ['committed'])
        assert.equal((await write(node, 2)).outcome, 'committed')
        await bench.leases.release(node)
        assert.equal((await write(other, 3)).outcome, 'committed')
      })

      test('does not stand in the way of whom its holder hands the actor to', async () => {
        await owned(1)
        await bench.leases.hold(node, 60_000)
        assert.ok((await bench.journal.fence(key, 2, other, true)).granted)
      })

      test('ends by time, and when it is given back', async () => {
        await owned(1)
        await bench.leases.hold(node, 50)
        await bench.pass(100)
        assert.ok((await bench.journal.fence(key, 2, other)).granted)
        await bench.leases.hold(other, 60_000)
        await bench.leases.hold(node, 60_000)
        await bench.leases.release(other)
        assert.ok((await bench.journal.fence(key, 3, node)).granted)
      })
    })

    describe('an append', () => {
      test('keeps entries in order, with what is written beside them', async () => {
        await owned(1)
        const entries = [1, 2, 3].map((seq) => entryOf(key, 1, seq, { writes: [`write ${seq}`] }))
        assert.deepEqual(outcomes(await bench.journal.append(entries)), ['committed', 'committed', 'committed'])
        const { epoch, tail } = await bench.journal.load(key)
        assert.deepEqual([epoch, ...tail.map(({ seq }) => seq)], [1, 1, 2, 3])
        assert.deepEqual(await bench.written(), ['write 1', 'write 2', 'write 3'])
      })

      test('under an old epoch is fenced and writes nothing', async () => {
        await owned(1)
        await bench.journal.fence(key, 2, other)
        const result = await bench.journal.append([entryOf(key, 1, 1, { writes: ['stale'] })])
        assert.deepEqual(result, [{ outcome: 'fenced', currentEpoch: 2 }])
        assert.deepEqual((await bench.journal.load(key)).tail, [])
        assert.deepEqual(await bench.written(), [])
      })

      test('under an epoch that nobody was granted is fenced', async () => {
        assert.deepEqual(await bench.journal.append([entryOf(key, 1, 1)]), [{ outcome: 'fenced', currentEpoch: 0 }])
        await owned(1)
        assert.deepEqual(await bench.journal.append([entryOf(key, 2, 1)]), [{ outcome: 'fenced', currentEpoch: 1 }])
      })

      test('refuses stale rows of a batch and commits the others', async () => {
        const fresh = freshKey()
        await owned(1)
        await bench.journal.fence(fresh, 1, node)
        await bench.journal.fence(key, 2, other)
        const batch = [entryOf(key, 1, 1, { writes: ['stale'] }), entryOf(fresh, 1, 1, { writes: ['fresh'] })]
        assert.deepEqual(outcomes(await bench.journal.append(batch)), ['fenced', 'committed'])
        assert.deepEqual(await bench.written(), ['fresh'])
      })

      test('of a command that is there already tells the row, and writes nothing', async () => {
        await owned(1)
        const first = entryOf(key, 1, 1, { writes: ['once'] })
        await bench.journal.append([first])
        const again = entryOf(key, 1, 2, { commandId: first.commandId, reply: 'another', writes: ['twice'] })
        const { writes: _, ...stored } = first
        assert.deepEqual(await bench.journal.append([again]), [{ outcome: 'duplicate', stored }])
        assert.deepEqual(await bench.written(), ['once'])
      })

      test('lets two actors have the same command id', async () => {
        const neighbour = freshKey()
        await owned(1)
        await bench.journal.fence(neighbour, 1, node)
        const batch = [entryOf(key, 1, 1), entryOf(neighbour, 1, 1)]
        assert.deepEqual(outcomes(await bench.journal.append(batch)), ['committed', 'committed'])
      })

      test('leaves out what stands behind a failed entry of the same actor, so that there is no hole', async () => {
        await owned(1)
        await bench.journal.append([entryOf(key, 1, 1)])
        const repeated = entryOf(key, 1, 2, { commandId: 'test/1' as CommandId })
        const behind = entryOf(key, 1, 3, { commandId: 'test/behind' as CommandId })
        assert.deepEqual(outcomes(await bench.journal.append([repeated, behind])), ['duplicate', 'fenced'])
        assert.equal((await bench.journal.load(key)).tail.length, 1)
      })

      test('whose writes break a rule is refused alone; its neighbours in the batch are kept', async () => {
        const neighbour = freshKey()
        await owned(1)
        await bench.journal.fence(neighbour, 1, node)
        const batch = [
          entryOf(key, 1, 1, { writes: ['before', 'forbidden'] }),
          entryOf(key, 1, 2, { writes: ['behind'] }),
          entryOf(neighbour, 1, 1, { writes: ['kept'] }),
        ]
        assert.deepEqual(outcomes(await bench.journal.append(batch)), ['refused', 'fenced', 'committed'])
        assert.deepEqual(await bench.written(), ['kept'])
        assert.deepEqual((await bench.journal.load(key)).tail, [])
      })

      test('of nothing is nothing', async () => {
        assert.deepEqual(await bench.journal.append([]), [])
      })
    })

    describe('a snapshot', () => {
      test('stands in front of the tail', async () => {
        await owned(1)
        await bench.journal.append([1, 2, 3].map((seq) => entryOf(key, 1, seq)))
        const snapshot = { seq: 2, epoch: 1, body: { sum: 2 } }
        assert.equal(await bench.journal.saveSnapshot(key, snapshot), true)
        const loaded = await owned(2)
        assert.deepEqual(loaded.snapshot, snapshot)
        assert.deepEqual(
          loaded.tail.map(({ seq }) => seq),
          [3],
        )
      })

      test('of an older seq or another epoch is not kept', async () => {
        await owned(2)
        assert.equal(await bench.journal.saveSnapshot(key, { seq: 5, epoch: 2, body: 'kept' }), true)
        for (const late of [
          { seq: 5, epoch: 2 },
          { seq: 4, epoch: 2 },
          { seq: 9, epoch: 1 },
          { seq: 9, epoch: 3 },
        ]) {
          assert.equal(await bench.journal.saveSnapshot(key, { ...late, body: 'late' }), false)
        }
        assert.equal((await bench.journal.load(key)).snapshot?.body, 'kept')
      })

      test('of an actor that nobody ever owned is not kept', async () => {
        assert.equal(await bench.journal.saveSnapshot(key, { seq: 1, epoch: 1, body: 'late' }), false)
      })
    })

    describe('a guest append', () => {
      test('sees the actor, writes under the next epoch, and fences whoever owned it', async () => {
        await owned(4)
        await bench.journal.append([entryOf(key, 4, 1)])
        const seen: unknown[] = []
        const result = await bench.journal.guestAppend(key, other, (loaded, epoch) => {
          seen.push(loaded.epoch, loaded.tail.length, epoch)
          return entryOf(key, epoch, 2, { writes: ['by a guest'] })
        })
        assert.deepEqual([result.outcome, ...seen], ['committed', 4, 1, 5])
        assert.deepEqual(await bench.journal.append([entryOf(key, 4, 2, { commandId: 'test/late' as CommandId })]), [
          { outcome: 'fenced', currentEpoch: 5 },
        ])
        assert.deepEqual(await bench.journal.fence(key, 5, node), { granted: false, currentEpoch: 5, heldBy: null })
        assert.equal((await owned(6)).tail.length, 2)
        assert.deepEqual(await bench.written(), ['by a guest'])
      })

      test('to an actor that never was begins its journal', async () => {
        const result = await bench.journal.guestAppend(key, other, (_, epoch) => entryOf(key, epoch, 1))
        assert.equal(result.outcome, 'committed')
        assert.deepEqual(await bench.journal.fence(key, 1, node), { granted: false, currentEpoch: 1, heldBy: null })
      })

      for (const [reason, entry, outcome] of [
        ['decides on nothing', () => null, 'nothing'],
        [
          'repeats a command',
          (epoch: number) => entryOf(key, epoch, 2, { commandId: 'test/1' as CommandId }),
          'duplicate',
        ],
        ['breaks a rule', (epoch: number) => entryOf(key, epoch, 2, { writes: ['forbidden'] }), 'refused'],
      ] as const) {
        test(`that ${reason} leaves the owner undisturbed`, async () => {
          await owned(1)
          await bench.journal.append([entryOf(key, 1, 1)])
          const result = await bench.journal.guestAppend(key, other, (_, epoch) => entry(epoch))
          assert.equal(result.outcome, outcome)
          assert.deepEqual(outcomes(await bench.journal.append([entryOf(key, 1, 2)])), ['committed'])
        })
      }

      test('goes by the epoch in force, which is told without the actor', async () => {
        assert.equal(await bench.journal.epochOf(key), 0)
        await owned(4)
        assert.equal(await bench.journal.epochOf(key), 4)
        await bench.journal.guestAppend(key, other, (_, epoch) => entryOf(key, epoch, 1))
        assert.equal(await bench.journal.epochOf(key), 5)
      })

      test('beside others never writes one seq twice', async () => {
        const results = await Promise.all(
          Array.from({ length: 6 }, (_, index) =>
            bench.journal.guestAppend(key, claimant(`worker-${index}`), (loaded, epoch) =>
              entryOf(key, epoch, loaded.tail.length + 1, { commandId: `guest-${index}/1` as CommandId }),
            ),
          ),
        )
        assert.deepEqual(new Set(results.map(({ outcome }) => outcome)), new Set(['committed']))
        const { epoch, tail } = await bench.journal.load(key)
        assert.deepEqual([epoch, ...tail.map(({ seq }) => seq)], [6, 1, 2, 3, 4, 5, 6])
      })
    })
  })
}
