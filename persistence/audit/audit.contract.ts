import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { actorKey, roomKey, type RoomId, type UserId } from '../../protocol/ids.ts'
import { checkpointHash, rootOf } from '../audit-trail/checkpoint-hash.ts'
import type { AuditTrail } from '../audit-trail/port.ts'
import { verifyAudit } from '../audit-trail/verify.ts'
import type { RecordWrite } from '../record-writes.ts'
import { roomPut } from '../record/record.contract.ts'
import type { WritesOf } from '../record/rows.ts'
import { commitmentOf, genesisOf, linkHash } from './chain.ts'
import type { AuditFilter, AuditRecords } from './port.ts'

/** An audit log under test, empty at first. */
export interface AuditBench {
  /** Writes all of it in one transaction, or rejects. */
  apply(...writes: RecordWrite[]): Promise<void>
  readonly records: AuditRecords
  readonly trail: AuditTrail
  /** Lets the record's clock go on, by a millisecond at the least. */
  tick(): Promise<void>
  close(): Promise<void>
}

const startMs = Date.UTC(2026, 0, 1)
const user = (name: string) => name as UserId

type AuditWrite = WritesOf<'audit'>[number]

/** A row about a mute in that room. */
export const mutedIn = (
  roomId: RoomId,
  more: Partial<AuditWrite> & { by?: string; target?: string } = {},
): AuditWrite => {
  const { by = 'ann', target = 'bob', ...fields } = more
  return {
    write: 'audit',
    chain: roomKey(roomId),
    atMs: startMs,
    action: 'sanction.applied',
    roomId,
    guildId: null,
    body: {
      actor_user: user(by),
      target_user: user(target),
      reason: 'noise – "loud" \\ 🎺\n',
      evidence: null,
      details: { until_ms: 1.5e300, kind: 'mute', list: [1, -0.1, null, { b: true, a: '\u007f\u2028' }] },
    },
    ...fields,
  }
}

/** What every audit log promises. */
export function auditContract(name: string, open: () => Promise<AuditBench>): void {
  describe(name, () => {
    let bench: AuditBench
    const room = roomPut()
    const other = roomPut()
    const { roomId } = room
    beforeEach(async () => {
      bench = await open()
      await bench.apply(room, other)
    })
    afterEach(() => bench.close())

    const rowsOf = (chain: string) => bench.trail.rows(null, 1_000, chain)
    const listed = async (filter: AuditFilter) =>
      (await bench.records.list(filter, 100, null)).entries.map(
        ({ chain, seq }) => `${chain === roomKey(roomId) ? 'room' : chain} ${seq}`,
      )

    describe('rows', () => {
      test('are numbered and linked, each chain for itself, over several transactions', async () => {
        await bench.apply(mutedIn(roomId), mutedIn(other.roomId), mutedIn(roomId, { atMs: startMs + 5 }))
        await bench.apply(mutedIn(roomId, { guildId: 'guild\n7' }))
        const chain = roomKey(roomId)
        let before = genesisOf(chain)
        const rows = await rowsOf(chain)
        assert.deepEqual(
          rows.map(({ seq, atMs, guildId }) => [seq, atMs, guildId]),
          [
            [1, startMs, null],
            [2, startMs + 5, null],
            [3, startMs, 'guild\n7'],
          ],
        )
        for (const row of rows) {
          assert.ok(row.salt && row.body)
          assert.deepEqual(row.body, mutedIn(roomId).body)
          assert.deepEqual(row.commitment, commitmentOf(row.salt, row.body))
          assert.deepEqual(row.prevHash, before)
          assert.deepEqual(row.hash, linkHash(row))
          before = row.hash
        }
        assert.equal((await rowsOf(roomKey(other.roomId))).length, 1)
      })

      test('have a salt each, so that equal bodies do not show', async () => {
        await bench.apply(mutedIn(roomId), mutedIn(roomId))
        const [first, second] = await rowsOf(roomKey(roomId))
        assert.ok(first?.salt && second?.salt && first.salt.length === 16)
        assert.notDeepEqual(first.salt, second.salt)
        assert.notDeepEqual(first.commitment, second.commitment)
      })

      test('of a transaction that fails are not there, and leave no hole', async () => {
        await bench.apply(mutedIn(roomId))
        const nowhere = '00000000-0000-4000-8000-000000000000' as RoomId
        await assert.rejects(bench.apply(mutedIn(roomId), mutedIn(nowhere)))
        await bench.apply(mutedIn(roomId))
        assert.deepEqual(
          (await rowsOf(roomKey(roomId))).map(({ seq }) => seq),
          [1, 2],
        )
        assert.deepEqual((await verifyAudit(bench.trail, { chain: null })).findings, [])
      })
    })

    describe('the list', () => {
      test('tells the newest first, page by page, each once', async () => {
        for (let index = 0; index < 5; index += 1) {
          await bench.apply(mutedIn(index % 2 === 0 ? roomId : other.roomId, { atMs: startMs + index }))
          await bench.tick()
        }
        const seen: number[] = []
        let cursor: string | null = null
        do {
          const page = await bench.records.list({}, 2, cursor)
          assert.ok(page.entries.length <= 2)
          seen.push(...page.entries.map(({ atMs }) => atMs - startMs))
          cursor = page.nextCursor
        } while (cursor !== null)
        assert.deepEqual(seen, [4, 3, 2, 1, 0])
      })

      test('keeps the order of one moment across pages', async () => {
        await bench.apply(...Array.from({ length: 5 }, () => mutedIn(roomId)))
        const first = await bench.records.list({ roomId }, 3, null)
        const second = await bench.records.list({ roomId }, 3, first.nextCursor)
        assert.deepEqual([...first.entries, ...second.entries].map(({ seq }) => seq).sort(), [1, 2, 3, 4, 5])
        assert.equal(second.nextCursor, null)
      })

      test('finds by room, doer, target, action and time', async () => {
        await bench.apply(mutedIn(roomId, { by: 'ann', target: 'bob' }))
        await bench.tick()
        await bench.apply(mutedIn(roomId, { by: 'eve', target: 'ann', action: 'sanction.lifted' }))
        await bench.tick()
        const global = actorKey('sanctions', 'global:all')
        await bench.apply({ ...mutedIn(roomId, { by: 'ann', target: 'eve' }), chain: global, roomId: null })
        const [newest, middle] = (await bench.records.list({}, 10, null)).entries
        assert.ok(newest && middle)
        assert.deepEqual(await listed({ roomId }), ['room 2', 'room 1'])
        assert.deepEqual(await listed({ actorUser: user('ann') }), ['sanctions:global:all 1', 'room 1'])
        assert.deepEqual(await listed({ targetUser: user('ann') }), ['room 2'])
        assert.deepEqual(await listed({ action: 'sanction.lifted' }), ['room 2'])
        assert.deepEqual(await listed({ fromMs: middle.recordedAtMs }), ['sanctions:global:all 1', 'room 2'])
        assert.deepEqual(await listed({ toMs: newest.recordedAtMs }), ['room 2', 'room 1'])
        assert.deepEqual(await listed({ roomId, actorUser: user('eve'), targetUser: user('bob') }), [])
      })

      test('refuses a cursor that is not its own', async () => {
        await assert.rejects(bench.records.list({}, 10, 'bm90IG91cnM'), { code: 'VALIDATION_FAILED' })
      })
    })

    describe('a person that is erased', () => {
      test('leaves the rows, their commitments and a chain that holds', async () => {
        await bench.apply(
          mutedIn(roomId),
          mutedIn(roomId, { by: 'bob', target: 'eve' }),
          mutedIn(roomId, { target: 'eve' }),
        )
        await bench.trail.checkpoint()
        const before = await rowsOf(roomKey(roomId))
        assert.equal(await bench.records.erase(user('bob')), 2)
        assert.equal(await bench.records.erase(user('bob')), 0)
        const after = await rowsOf(roomKey(roomId))
        assert.deepEqual(
          after.map(({ body, salt }) => [body !== null, salt !== null]),
          [
            [false, false],
            [false, false],
            [true, true],
          ],
        )
        assert.deepEqual(
          after.map(({ commitment }) => commitment),
          before.map(({ commitment }) => commitment),
        )
        assert.deepEqual(await listed({ targetUser: user('bob') }), [])
        await bench.apply(mutedIn(roomId))
        const verdict = await verifyAudit(bench.trail, { chain: null })
        assert.deepEqual([verdict.rows, verdict.erased, verdict.findings], [4, 2, []])
      })
    })

    describe('checkpoints', () => {
      test('witness the ends of the chains that moved, and no others', async () => {
        assert.equal(await bench.trail.checkpoint(), null)
        await bench.apply(mutedIn(roomId), mutedIn(roomId), mutedIn(other.roomId))
        const first = await bench.trail.checkpoint()
        assert.equal(await bench.trail.checkpoint(), null)
        await bench.apply(mutedIn(roomId))
        const second = await bench.trail.checkpoint()
        assert.ok(first && second)
        assert.deepEqual([first.no, first.heads, second.no, second.heads], [1, 2, 2, 1])
        assert.deepEqual(second.prevHash, first.hash)
        assert.deepEqual(await bench.trail.checkpoints(0, 10), [first, second])
        assert.deepEqual(await bench.trail.checkpoints(1, 10), [second])
        for (const checkpoint of [first, second]) {
          const heads = await bench.trail.headsOf(checkpoint.no)
          assert.equal(heads.length, checkpoint.heads)
          assert.deepEqual(rootOf(heads), checkpoint.root)
          assert.deepEqual(checkpointHash(checkpoint), checkpoint.hash)
        }
        const rows = await rowsOf(roomKey(roomId))
        assert.deepEqual(
          rows.map(({ witness }) => witness !== null),
          [false, true, true],
        )
        assert.deepEqual(rows[2]?.witness, rows[2]?.hash)
        assert.deepEqual(await bench.trail.witnessedEnds(null, 10, roomKey(roomId)), [
          { chain: roomKey(roomId), witnessedSeq: 3, heldSeq: 3, lastSeq: 3 },
        ])
      })

      test('are walked page by page, in one order for rows and ends', async () => {
        await bench.apply(mutedIn(roomId), mutedIn(other.roomId), mutedIn(roomId))
        await bench.trail.checkpoint()
        const all = await bench.trail.rows(null, 10, null)
        const paged = []
        for (const before of [null, ...all]) paged.push(...(await bench.trail.rows(before, 1, null)))
        assert.deepEqual(paged, all)
        const [first, second] = await bench.trail.witnessedEnds(null, 10, null)
        assert.deepEqual([first?.chain, second?.chain], [all[0]?.chain, all[2]?.chain])
        assert.deepEqual(await bench.trail.witnessedEnds(first?.chain ?? '', 10, null), [second])
      })
    })
  })
}
