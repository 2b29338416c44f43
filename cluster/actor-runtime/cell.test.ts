import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ActorJournal, AppendOutcome, JournalEntry } from '../../persistence/journal/port.ts'
import type { CommandResult, Position } from '../../protocol/cluster/results.ts'
import { actorKey, commandId, type SessionId } from '../../protocol/ids.ts'
import { ManualTime } from '../../test/support/manual-time.ts'
import { silentLogger } from '../../test/support/silent-logger.ts'
import { tallyDefinition, type TallyCommand, type TallyWrite } from '../../test/support/tally-actor.ts'
import { Appender } from './appender.ts'
import { ActorCell, type CellCommand, type DropCause } from './cell.ts'
import { DedupTable } from './dedup.ts'
import { RecentEvents } from './recent-events.ts'
import type { PushTarget } from './subscribers.ts'

const key = actorKey('tally', 'one')
const session = '00000000-0000-4000-8000-00000000000a' as SessionId

/** A journal whose appends wait until the test says what became of them. */
class HeldJournal implements Pick<ActorJournal<TallyWrite>, 'append'> {
  readonly batches: {
    entries: readonly JournalEntry<TallyWrite>[]
    settle: (outcomes: AppendOutcome[]) => void
    fail: () => void
  }[] = []

  append(entries: readonly JournalEntry<TallyWrite>[]): Promise<readonly AppendOutcome[]> {
    return new Promise((resolve, reject) => {
      this.batches.push({ entries, settle: resolve, fail: () => reject(new Error('connection lost')) })
    })
  }

  /** Commits the batch that waits longest. */
  commit(): void {
    const batch = this.batches.shift()
    assert.ok(batch, 'no append is under way')
    batch.settle(batch.entries.map(() => ({ outcome: 'committed' })))
  }
}

function setUp(
  options: {
    definition?: typeof tallyDefinition
    snapshotEvery?: number
    pendingMax?: number
    pendingBytes?: number
    queueMax?: number
    seq?: number
  } = {},
) {
  const { seq = 0, definition = tallyDefinition } = options
  const time = new ManualTime()
  const journal = new HeldJournal()
  const lease = { valid: true, holds: () => lease.valid, leftMs: () => (lease.valid ? 1 : -1) }
  const record = { isThere: true }
  const drops: DropCause[] = []
  const snapshots: { seq: number; body: unknown }[] = []
  const said: unknown[] = []
  const appender = new Appender(journal as unknown as ActorJournal<TallyWrite>, time, {
    ...(options.queueMax === undefined ? {} : { queueMax: options.queueMax }),
  })
  const cell = new ActorCell<TallyWrite>(
    key,
    3,
    definition,
    { state: definition.initial(key), seq, dedup: new DedupTable(), recent: new RecentEvents(seq) },
    {
      clock: time,
      timers: time,
      lease,
      takesWrites: () => record.isThere,
      appender,
      logger: silentLogger,
      pending: { messages: options.pendingMax ?? 100, bytes: options.pendingBytes ?? 1_000_000 },
      snapshotEvery: options.snapshotEvery ?? 1_000,
      counted: () => undefined,
      overflow: (of, queue) => said.push({ overflow: of, queue }),
      dedupHit: () => said.push('dedup'),
      saveSnapshot: (_cell, seq, body) => snapshots.push({ seq, body }),
      changed: () => undefined,
      dropped: (_cell, cause) => drops.push(cause),
    },
  )
  cell.start()
  const target: { -readonly [Name in keyof PushTarget]: PushTarget[Name] } = {
    isGone: () => false,
    datagram: () => true,
    push: (_key, envelope, at) => void said.push({ push: envelope.body, seq: at.seq }),
  }
  const send = (
    id: number,
    command: TallyCommand,
    more: Partial<Pick<CellCommand, 'class' | 'bytes' | 'deadlineMs'>> & {
      subscribe?: SessionId
      since?: Position
    } = {},
  ) => {
    const answers: CommandResult[] = []
    cell.handle({
      id: commandId('c', id),
      command,
      deadlineMs: more.deadlineMs ?? Number.POSITIVE_INFINITY,
      class: more.class ?? 'A',
      bytes: more.bytes ?? 0,
      ...(more.subscribe
        ? { subscribe: { session: more.subscribe, target, ...(more.since ? { since: more.since } : {}) } }
        : {}),
      answer: (result) => {
        answers.push(result)
        said.push(result)
      },
    })
    return answers
  }
  return { time, journal, lease, record, drops, snapshots, said, cell, send, target, appender }
}

describe('an actor cell', () => {
  test('answers a durable command only after its entry is committed', async () => {
    const { time, journal, send } = setUp()
    const answers = send(1, { type: 'add', by: 2 })
    await time.advance(5)
    assert.equal(answers.length, 0)
    journal.commit()
    await time.advance(0)
    assert.deepEqual(answers, [{ status: 'ok', at: { epoch: 3, seq: 1 }, value: 2 }])
  })

  test('decides on uncommitted state but shows a read only what is committed', async () => {
    const { time, journal, send } = setUp()
    send(1, { type: 'add', by: 2 })
    const read = send(2, { type: 'read' })
    await time.advance(5)
    assert.equal(read.length, 0)
    journal.commit()
    await time.advance(0)
    assert.equal(read[0]?.status, 'ok')
  })

  test('answers a repeated command from memory without a second entry', async () => {
    const { time, journal, send } = setUp()
    send(1, { type: 'add', by: 2 })
    await time.advance(5)
    journal.commit()
    await time.advance(0)
    const again = send(1, { type: 'add', by: 2 })
    await time.advance(5)
    assert.deepEqual(again, [{ status: 'ok', at: { epoch: 3, seq: 1 }, value: 2 }])
    assert.equal(journal.batches.length, 0)
  })

  test('holds back the answer to a repeated command while the first one is not committed', async () => {
    const { time, journal, send } = setUp()
    send(1, { type: 'add', by: 2 })
    const again = send(1, { type: 'add', by: 2 })
    await time.advance(5)
    assert.equal(again.length, 0)
    journal.commit()
    await time.advance(0)
    assert.equal(again.length, 1)
  })

  test('refuses by rule without an entry, and outlives a defect in the rules', () => {
    const { send, drops } = setUp()
    assert.deepEqual(send(1, { type: 'add', by: 101 }), [
      { status: 'rejected', at: { epoch: 3, seq: 0 }, code: 'FORBIDDEN', data: { most: 100 } },
    ])
    assert.equal(send(2, { type: 'break' })[0]?.status, 'rejected')
    assert.equal(send(3, { type: 'mood', mood: 'gay' })[0]?.status, 'accepted')
    assert.deepEqual(drops, [])
  })

  test('sends events to those attached, then the answer, then the snapshot to the one newly attached', async () => {
    const { time, journal, send, said } = setUp()
    send(1, { type: 'attach', session }, { subscribe: session })
    said.length = 0
    send(2, { type: 'add', by: 1 }, { subscribe: '00000000-0000-4000-8000-00000000000b' as SessionId })
    await time.advance(5)
    journal.commit()
    await time.advance(0)
    assert.deepEqual(said, [
      { push: { type: 'events', events: [{ type: 'added', by: 1 }] }, seq: 1 },
      { status: 'ok', at: { epoch: 3, seq: 1 }, value: 1 },
      { push: { type: 'snapshot', snapshot: { total: 1 } }, seq: 1 },
    ])
  })

  test('tells a session that comes back what it missed, in order, and what no event tells', async () => {
    const { time, journal, send, said } = setUp()
    send(1, { type: 'mood', mood: 'gay' })
    for (const id of [2, 3, 4]) {
      send(id, { type: 'add', by: id })
      await time.advance(5)
      journal.commit()
      await time.advance(0)
    }
    send(5, { type: 'add', by: 5 })
    said.length = 0
    send(6, { type: 'attach', session }, { subscribe: session, since: { epoch: 2, seq: 1 } })
    await time.advance(5)
    assert.deepEqual(said, [])
    journal.commit()
    await time.advance(0)
    const entries = [2, 3, 4].map((seq) => ({ at: { epoch: 3, seq }, events: [{ type: 'added', by: seq + 1 }] }))
    assert.deepEqual(said.slice(1), [
      { status: 'accepted', at: { epoch: 3, seq: 4 }, value: null },
      { push: { type: 'missed', since: { epoch: 2, seq: 1 }, entries, beside: { mood: 'gay' } }, seq: 4 },
    ])
  })

  const unknown: readonly (readonly [string, Position])[] = [
    ['of which it does not know everything', { epoch: 1, seq: 8 }],
    ['behind its last entry', { epoch: 3, seq: 10 }],
    ['of a later life than its own', { epoch: 4, seq: 9 }],
  ]
  for (const [name, since] of unknown) {
    test(`shows the whole to a session that comes back from a position ${name}`, () => {
      const { send, said } = setUp({ seq: 9 })
      send(1, { type: 'attach', session }, { subscribe: session, since })
      assert.deepEqual(said.at(-1), { push: { type: 'snapshot', snapshot: { total: 0 } }, seq: 9 })
    })
  }

  test('completes the picture of a session each time it is asked to, and names the command that asked', () => {
    const { send, target } = setUp()
    const opened: unknown[] = []
    target.push = (_key, { opens }) => void opened.push(opens)
    for (const id of [1, 2]) send(id, { type: 'attach', session }, { subscribe: session })
    assert.deepEqual(opened, ['c/1', 'c/2'])
  })

  test('a fenced append drops it, and everything that waits is told to try again', async () => {
    const { time, journal, send, drops } = setUp()
    const first = send(1, { type: 'add', by: 1 })
    const second = send(2, { type: 'read' })
    await time.advance(5)
    journal.batches[0]?.settle([{ outcome: 'fenced', currentEpoch: 4 }])
    await time.advance(0)
    assert.deepEqual([first[0]?.status, second[0]?.status], ['retry_after', 'retry_after'])
    assert.deepEqual(drops, ['fenced'])
  })

  test('an append of unknown outcome drops it, and the answer is unknown, not a guess', async () => {
    const { time, journal, send, drops } = setUp()
    const first = send(1, { type: 'add', by: 1 })
    await time.advance(5)
    journal.batches[0]?.fail()
    await time.advance(0)
    assert.deepEqual(first, [{ status: 'unknown' }])
    assert.deepEqual(drops, ['append_unknown'])
  })

  test('refuses what is durable while the record is away, forgets what it decided, and serves the rest', async () => {
    const { time, journal, record, drops, send } = setUp()
    record.isThere = false
    const refused = send(1, { type: 'add', by: 5 })
    const [mood, read] = [send(2, { type: 'mood', mood: 'gay' }), send(3, { type: 'read' })]
    assert.deepEqual(refused, [{ status: 'retry_after', code: 'RETRY_LATER', afterMs: 500 }])
    assert.deepEqual([mood[0]?.status, read[0]?.status], ['accepted', 'ok'])
    assert.equal((read[0] as { value: { total: number } }).value.total, 0)
    record.isThere = true
    const taken = send(1, { type: 'add', by: 5 })
    await time.advance(5)
    journal.commit()
    await time.advance(0)
    assert.deepEqual([taken, drops], [[{ status: 'ok', at: { epoch: 3, seq: 1 }, value: 5 }], []])
  })

  test('carries its own deadlines out once the record is back, and looks once a second meanwhile', async () => {
    const { time, journal, record, send, cell } = setUp()
    send(1, { type: 'add_at', atMs: time.wallMs() + 50 })
    await time.advance(5)
    journal.commit()
    record.isThere = false
    await time.advance(3_500)
    assert.equal(journal.batches.length, 0)
    record.isThere = true
    await time.advance(1_100)
    journal.commit()
    await time.advance(0)
    assert.equal(cell.position.seq, 2)
  })

  test('entries queued behind a failed one are never appended', async () => {
    const { time, journal, send } = setUp()
    send(1, { type: 'add', by: 1 })
    await time.advance(5)
    send(2, { type: 'add', by: 1 })
    journal.batches[0]?.fail()
    await time.advance(5)
    assert.equal(journal.batches.length, 1)
  })

  test('a command found in the journal is answered with what stands there', async () => {
    const { time, journal, send, drops } = setUp()
    const answers = send(1, { type: 'add', by: 1 })
    await time.advance(5)
    const stored = { key, epoch: 2, seq: 9, commandId: commandId('c', 1), atMs: 1, events: [], reply: 'as before' }
    journal.batches[0]?.settle([{ outcome: 'duplicate', stored }])
    await time.advance(0)
    assert.deepEqual(answers, [{ status: 'ok', at: { epoch: 2, seq: 9 }, value: 'as before' }])
    assert.deepEqual(drops, ['duplicate'])
  })

  test('past the lease it says nothing at all, not even what was committed meanwhile', async () => {
    const { time, journal, send, lease, said, drops } = setUp()
    send(1, { type: 'add', by: 1 })
    await time.advance(5)
    lease.valid = false
    journal.commit()
    await time.advance(0)
    send(2, { type: 'read' })
    assert.deepEqual(said, [])
    assert.deepEqual(drops, ['lease_lost'])
  })

  test('drops a command whose deadline passed before it ran', async () => {
    const { time, send, said } = setUp()
    await time.advance(10)
    send(1, { type: 'read' }, { deadlineMs: 9 })
    assert.deepEqual(said, [])
  })

  test('refuses what it cannot queue', () => {
    const { send } = setUp({ pendingMax: 1 })
    send(1, { type: 'add', by: 1 })
    assert.deepEqual(send(2, { type: 'read' }), [{ status: 'retry_after', code: 'MAILBOX_FULL', afterMs: 100 }])
  })

  test('counts the bytes of what is not committed, and has room again when it is', async () => {
    const { time, journal, send } = setUp({ pendingBytes: 100 })
    send(1, { type: 'add', by: 1 }, { bytes: 99 })
    send(2, { type: 'add', by: 1 }, { bytes: 1 })
    assert.equal(send(3, { type: 'add', by: 1 }, { bytes: 1 })[0]?.status, 'retry_after')
    await time.advance(5)
    journal.commit()
    await time.advance(0)
    assert.deepEqual(send(3, { type: 'add', by: 1 }, { bytes: 1 }), [])
  })

  test('goes on with class B where the journal takes no more, and with nothing that would have to be written', async () => {
    const { send, said, appender, time } = setUp({ queueMax: 0 })
    assert.equal(appender.hasRoom(), false)
    assert.equal(send(1, { type: 'mood', mood: 'gay' }, { class: 'B' })[0]?.status, 'accepted')
    assert.equal(send(2, { type: 'add', by: 1 })[0]?.status, 'retry_after')
    await time.advance(5)
    assert.deepEqual(said.at(-2), { overflow: 'A', queue: 'appender' })
  })

  test('wakes itself when something is due', async () => {
    const { time, journal, send } = setUp()
    send(1, { type: 'add_at', atMs: time.wallMs() + 5_000 })
    await time.advance(5)
    journal.commit()
    await time.advance(4_990)
    assert.equal(journal.batches.length, 0)
    await time.advance(10)
    assert.deepEqual(journal.batches[0]?.entries[0]?.events, [{ type: 'added', by: 1 }])
  })

  test('detaches the sessions of a process that is gone', () => {
    const { send, cell, target } = setUp()
    send(1, { type: 'attach', session }, { subscribe: session })
    assert.equal(cell.mayRest(0), false)
    cell.targetLost(target)
    assert.equal(cell.mayRest(0), true)
  })

  test('takes a snapshot of exactly the committed state every so many entries', async () => {
    const { time, journal, send, snapshots } = setUp({ snapshotEvery: 2 })
    for (const id of [1, 2]) send(id, { type: 'add', by: 10 })
    await time.advance(5)
    send(3, { type: 'add', by: 10 })
    journal.commit()
    await time.advance(5)
    assert.deepEqual(snapshots, [
      {
        seq: 2,
        body: {
          format: 1,
          state: { total: 20, dueMs: null },
          dedup: [
            ['c/1', 1, 10],
            ['c/2', 2, 20],
          ],
        },
      },
    ])
  })

  test('takes a snapshot after half a minute too, but not for a handful of entries', async () => {
    const { time, journal, send, snapshots } = setUp({ snapshotEvery: 256 })
    const commitOne = async (id: number) => {
      send(id, { type: 'add', by: 1 })
      await time.advance(5)
      journal.commit()
      await time.advance(5)
    }
    for (let id = 1; id <= 14; id += 1) await commitOne(id)
    await time.advance(30_000)
    await commitOne(15)
    assert.deepEqual(snapshots, [])
    for (const id of [16, 17]) await commitOne(id)
    assert.deepEqual(
      snapshots.map(({ seq }) => seq),
      [16],
    )
  })

  test('tells an answer with the state behind its command, again with that of now, and keeps what was decided alone', async () => {
    const definition: typeof tallyDefinition = { ...tallyDefinition, tell: (reply, { total }) => ({ reply, total }) }
    const { time, journal, send } = setUp({ definition })
    const [first, second] = [send(1, { type: 'add', by: 10 }), send(2, { type: 'add', by: 5 })]
    await time.advance(5)
    assert.deepEqual(
      journal.batches[0]?.entries.map(({ reply }) => reply),
      [10, 15],
    )
    journal.commit()
    await time.advance(5)
    const again = send(1, { type: 'add', by: 10 })
    const told = (answers: readonly CommandResult[]) => answers.map((each) => 'value' in each && each.value)
    assert.deepEqual([first, second, again].map(told), [
      [{ reply: 10, total: 10 }],
      [{ reply: 15, total: 15 }],
      [{ reply: 10, total: 15 }],
    ])
  })

  test('tells the answer of an entry that stands already with what is committed, and not with what it decided too far', async () => {
    const definition: typeof tallyDefinition = { ...tallyDefinition, tell: (reply, { total }) => ({ reply, total }) }
    const { time, journal, send } = setUp({ definition, seq: 3 })
    const answers = send(1, { type: 'add', by: 10 })
    send(2, { type: 'add', by: 5 })
    await time.advance(5)
    const stored = { key, epoch: 2, seq: 3, commandId: commandId('c', 1), atMs: 0, events: [], reply: 7 }
    journal.batches.shift()?.settle([
      { outcome: 'duplicate', stored },
      { outcome: 'fenced', currentEpoch: 3 },
    ])
    await time.advance(5)
    assert.deepEqual(answers, [{ status: 'ok', at: { epoch: 2, seq: 3 }, value: { reply: 7, total: 0 } }])
  })
})
