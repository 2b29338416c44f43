import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { InviteId, UserId } from '../../protocol/ids.ts'
import type { RecordWrite } from '../record-writes.ts'
import { roomPut } from '../record/record.contract.ts'
import type { WritesOf } from '../record/rows.ts'
import type { InviteEnds, InviteRecords } from './port.ts'

/** A record of invites under test: one way in, one to read it. */
export interface InviteBench {
  /** Writes all of it in one transaction, or rejects. */
  apply(...writes: RecordWrite[]): Promise<void>
  readonly invites: InviteRecords & InviteEnds
  close(): Promise<void>
}

const startMs = Date.UTC(2026, 0, 1)
const user = (name: string) => name as UserId
const hash = () => (randomUUID() + randomUUID()).replaceAll('-', '')

export function inviteContract(name: string, open: () => Promise<InviteBench>): void {
  describe(name, () => {
    let bench: InviteBench
    beforeEach(async () => {
      bench = await open()
    })
    afterEach(() => bench.close())

    const room = roomPut()
    const put = (more: Partial<WritesOf<'invite.put'>[number]> = {}): WritesOf<'invite.put'>[number] => ({
      write: 'invite.put',
      inviteId: randomUUID() as InviteId,
      roomId: room.roomId,
      tokenHash: hash(),
      inviterId: user('ann'),
      inviteeId: user('bob'),
      role: 'member',
      maxUses: 1,
      message: 'come in',
      createdAtMs: startMs,
      expiresAtMs: startMs + 60_000,
      ...more,
    })

    test('finds the room of a token by its hash, and nothing for another', async () => {
      const invite = put()
      await bench.apply(room, invite)
      assert.equal(await bench.invites.roomOf(invite.tokenHash), room.roomId)
      assert.equal(await bench.invites.roomOf(hash()), null)
    })

    test('shows a user the open invites that name them, newest first', async () => {
      const [older, newer] = [
        put(),
        put({ createdAtMs: startMs + 1, expiresAtMs: startMs + 90_000, role: 'moderator' }),
      ]
      await bench.apply(room, older, newer, put({ inviteeId: null }), put({ inviteeId: user('cyd') }))
      const shown = await bench.invites.openFor(user('bob'), startMs)
      assert.deepEqual(shown, [
        {
          inviteId: newer.inviteId,
          roomId: room.roomId,
          roomName: room.spec.name,
          roomType: room.spec.room_type,
          inviterId: 'ann',
          role: 'moderator',
          message: 'come in',
          expiresAtMs: startMs + 90_000,
        },
        { ...shown[1], inviteId: older.inviteId, expiresAtMs: startMs + 60_000 },
      ])
      assert.equal(
        (await bench.invites.openFor(user('bob'), startMs + 60_000)).length,
        1,
        'an expired one is not shown',
      )
    })

    test('shows none that was used up, turned down or taken back, nor one of a closed room', async () => {
      const [used, rejected, revoked, open] = [put(), put(), put(), put({ maxUses: 2 })]
      await bench.apply(room, used, rejected, revoked, open)
      await bench.apply(
        { write: 'invite.used', inviteId: used.inviteId, atMs: startMs },
        { write: 'invite.used', inviteId: open.inviteId, atMs: startMs },
        { write: 'invite.ended', inviteId: rejected.inviteId, status: 'rejected', atMs: startMs },
        { write: 'invite.ended', inviteId: revoked.inviteId, status: 'revoked', atMs: startMs },
      )
      const shown = await bench.invites.openFor(user('bob'), startMs)
      assert.deepEqual(
        shown.map(({ inviteId }) => inviteId),
        [open.inviteId],
      )
      await bench.apply({ ...room, status: 'closed' })
      assert.deepEqual(await bench.invites.openFor(user('bob'), startMs), [])
    })

    test('tells which are past their time and were not ended, page by page, and none of a closed room', async () => {
      const [late, later, used] = [put({ expiresAtMs: startMs + 1 }), put({ expiresAtMs: startMs + 2 }), put()]
      await bench.apply(room, later, late, used, put({ expiresAtMs: startMs + 900_000 }))
      await bench.apply({ write: 'invite.used', inviteId: used.inviteId, atMs: startMs })
      const [first, ...none] = await bench.invites.overdue(startMs + 100_000, 1, null)
      assert.deepEqual([first, none], [{ inviteId: late.inviteId, roomId: room.roomId, expiresAtMs: startMs + 1 }, []])
      const rest = await bench.invites.overdue(startMs + 100_000, 10, first ?? null)
      assert.deepEqual(
        rest.map(({ inviteId }) => inviteId),
        [later.inviteId],
      )
      const expired = (inviteId: InviteId): RecordWrite => ({
        ...{ write: 'invite.ended', inviteId, status: 'expired', atMs: startMs },
      })
      await bench.apply(expired(late.inviteId), expired(used.inviteId))
      assert.equal((await bench.invites.overdue(startMs + 100_000, 10, null)).length, 1)
      await bench.apply({ ...room, status: 'closed' })
      assert.deepEqual(await bench.invites.overdue(startMs + 100_000, 10, null), [])
    })

    test('refuses a use too many, and everything that came with it', async () => {
      const invite = put({ maxUses: 2 })
      const use: RecordWrite = { write: 'invite.used', inviteId: invite.inviteId, atMs: startMs }
      await bench.apply(room, invite, use, use)
      const other = put()
      await assert.rejects(bench.apply(other, use))
      assert.equal(await bench.invites.roomOf(other.tokenHash), null)
    })
  })
}
