import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { RoomId, SessionId, UserId } from '../../protocol/ids.ts'
import { roomSpec } from '../../test/support/specimens.ts'
import { waitUntil } from '../../test/support/wait.ts'
import type { RoomSpec } from '../../protocol/room/commands.ts'
import { sanctionWorkflowId, type OutboxMessage, type SanctionRef } from '../../protocol/workflows.ts'
import type { Delivery, Outbox, OutboxRow } from '../outbox/port.ts'
import type { RecordWrite } from '../record-writes.ts'
import type { RoomEnds, RoomRecords } from '../rooms/port.ts'
import type { SanctionRecords, SanctionSpread, WiderSanctions } from '../sanctions/port.ts'
import type { WritesOf } from './rows.ts'

/** A record under test: one way in, three ways to read it. Empty at first. */
export interface RecordBench {
  /** Writes all of it in one transaction, or rejects. */
  apply(...writes: RecordWrite[]): Promise<void>
  readonly rooms: RoomRecords & RoomEnds
  readonly sanctions: SanctionRecords
  readonly spread: SanctionSpread
  readonly wider: WiderSanctions
  readonly outbox: Outbox
  /** Lets every row of the outbox that rests fall due. */
  makeDue(): Promise<void>
  close(): Promise<void>
}

const startMs = Date.UTC(2026, 0, 1)
const user = (name: string) => name as UserId

/** A room with defaults. */
export const roomPut = (
  over: Partial<RoomSpec> = {},
  more: Partial<WritesOf<'room.put'>[number]> = {},
): WritesOf<'room.put'>[number] => ({
  write: 'room.put',
  roomId: randomUUID() as RoomId,
  spec: roomSpec({ owner_id: user('ann'), ...over }),
  status: 'active',
  bitrate: 64_000,
  createdAtMs: startMs,
  activeAtMs: startMs,
  participants: 0,
  closesAtMs: null,
  ...more,
})

const muteOf = (roomId: RoomId, name: string, generation: number, untilMs: number | null): RecordWrite => ({
  write: 'sanction.put',
  scope: 'room',
  scopeId: roomId,
  userId: user(name),
  kind: 'mute',
  generation,
  untilMs,
  by: user('ann'),
  reason: 'noise',
  atMs: startMs,
})

const liftOf = (roomId: RoomId, name: string, generation: number): RecordWrite => ({
  write: 'sanction.lifted',
  scope: 'room',
  scopeId: roomId,
  userId: user(name),
  kind: 'mute',
  generation,
  atMs: startMs + 9_000,
  cause: 'expired',
})

/** A sanction of a guild, or of the whole service, with the word that rooms have to learn of it. */
const widerOf = (
  scope: 'guild' | 'global',
  scopeId: string,
  name: string,
  more: Partial<WritesOf<'sanction.put'>[number]> = {},
): RecordWrite[] => [
  {
    ...{ write: 'sanction.put', scope, scopeId, userId: user(name), kind: 'mute', generation: 1, untilMs: null },
    ...{ by: user('ann'), reason: 'noise', atMs: startMs, ...more },
  },
  { write: 'sanction.spread', userId: user(name), atMs: startMs },
]

const seatPut = (roomId: RoomId, name: string): WritesOf<'participant.put'>[number] => ({
  ...{ write: 'participant.put', roomId, sessionId: randomUUID() as SessionId, userId: user(name), username: name },
  ...{ role: 'member', joinedAtMs: startMs, isMuted: false, mutedUntilMs: null, isDeafened: false },
})

const knownOf = (
  name: string,
  guildId: string | null,
  ...known: WritesOf<'sanctions.known'>[number]['known']
): WritesOf<'sanctions.known'>[number] => ({
  write: 'sanctions.known',
  ...{ userId: user(name), guildId, known, atMs: startMs },
})

const refOf = (roomId: RoomId, name: string): SanctionRef => ({
  kind: 'mute',
  scope: 'room',
  scopeId: roomId,
  userId: name,
})

const outboxOf = (name: string, generation: number): RecordWrite => {
  const ref = refOf('room' as RoomId, name)
  const message: OutboxMessage = { kind: 'sanction.set', ref, generation, untilMs: startMs + 60_000 }
  return { write: 'outbox', key: sanctionWorkflowId(ref), message, atMs: startMs }
}

const sorted = (value: object) => Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))

const sent = (rows: readonly OutboxRow[]): readonly Delivery[] => rows.map(({ id }) => ({ id, sent: true }))
const told = (rows: readonly OutboxRow[]) =>
  rows.map(({ message }) => `${'ref' in message ? message.ref.userId : message.kind} ${message.generation}`)

/** What every record promises to those who read it. */
export function recordContract(name: string, open: () => Promise<RecordBench>): void {
  describe(name, () => {
    let bench: RecordBench
    beforeEach(async () => {
      bench = await open()
    })
    afterEach(() => bench.close())

    describe('rooms', () => {
      test('are listed newest first, page by page, each once', async () => {
        const puts = Array.from({ length: 5 }, (_, index) => roomPut({}, { createdAtMs: startMs + index }))
        await bench.apply(...puts)
        const seen: string[] = []
        let cursor: string | null = null
        do {
          const page = await bench.rooms.list({ visibleTo: user('ann') }, 2, cursor)
          assert.ok(page.rooms.length <= 2)
          seen.push(...page.rooms.map(({ room_id }) => room_id))
          cursor = page.nextCursor
        } while (cursor !== null)
        assert.deepEqual(seen, puts.map(({ roomId }) => roomId).reverse())
      })

      test('of one moment are told apart by their id across pages', async () => {
        const puts = Array.from({ length: 4 }, () => roomPut())
        await bench.apply(...puts)
        const first = await bench.rooms.list({ visibleTo: 'all' }, 3, null)
        const second = await bench.rooms.list({ visibleTo: 'all' }, 3, first.nextCursor)
        const ids = [...first.rooms, ...second.rooms].map(({ room_id }) => room_id)
        assert.deepEqual(new Set(ids), new Set(puts.map(({ roomId }) => roomId)))
        assert.equal(ids.length, 4)
        assert.equal(second.nextCursor, null)
      })

      test('that are private show themselves to the owner, to those inside, and to who may see all', async () => {
        const secret = roomPut({ is_private: true })
        const seat = { roomId: secret.roomId, sessionId: randomUUID() as SessionId }
        await bench.apply(secret, roomPut(), {
          ...{ write: 'participant.put', ...seat, userId: user('bob'), username: 'Bob', role: 'member' },
          ...{ joinedAtMs: startMs, isMuted: false, mutedUntilMs: null, isDeafened: false },
        })
        const count = async (visibleTo: UserId | 'all') =>
          (await bench.rooms.list({ visibleTo }, 10, null)).rooms.length
        assert.deepEqual(
          [await count(user('ann')), await count(user('bob')), await count(user('eve')), await count('all')],
          [2, 2, 1, 2],
        )
        await bench.apply({ write: 'participant.left', sessionId: seat.sessionId, atMs: startMs + 1 })
        assert.equal(await count(user('bob')), 1)
      })

      test('that are private show themselves to who was given a role there, until it is taken away', async () => {
        const [secret, other] = [roomPut({ is_private: true }), roomPut({ is_private: true })]
        const role = (given: 'moderator' | 'member' | null): RecordWrite => ({
          ...{ write: 'participant.role', roomId: secret.roomId, userId: user('bob'), role: given ?? 'member', given },
        })
        const seen = async (name: string) =>
          (await bench.rooms.list({ visibleTo: user(name) }, 10, null)).rooms.map(({ room_id }) => room_id)
        await bench.apply(secret, other, role('member'))
        assert.deepEqual([await seen('bob'), await seen('eve')], [[secret.roomId], []])
        await bench.apply(role('moderator'))
        assert.deepEqual(await seen('bob'), [secret.roomId])
        await bench.apply(role(null))
        assert.deepEqual(await seen('bob'), [])
      })

      test('that are the hall of a guild show themselves to its people; others of the guild stay private', async () => {
        const hall = roomPut({ is_private: true, room_type: 'guild', guild_id: 'g1' })
        const raid = roomPut({ is_private: true, room_type: 'raid', guild_id: 'g1' })
        await bench.apply(hall, raid)
        const seen = async (guilds?: string[]) =>
          (await bench.rooms.list({ visibleTo: user('bob'), ...(guilds ? { guilds } : {}) }, 10, null)).rooms.map(
            ({ room_id }) => room_id,
          )
        assert.deepEqual(
          [await seen(['g0', 'g1']), await seen(['g2']), await seen([]), await seen()],
          [[hall.roomId], [], [], []],
        )
      })

      test('are found by type, region, owner and status, each alone and together', async () => {
        const raid = roomPut({ room_type: 'raid', region: 'eu', owner_id: user('bob') })
        await bench.apply(raid, roomPut({ region: 'us' }), roomPut({}, { status: 'closed' }))
        const find = async (filter: object) =>
          (await bench.rooms.list({ visibleTo: 'all', ...filter }, 10, null)).rooms.length
        assert.equal(await find({ roomType: 'raid' }), 1)
        assert.equal(await find({ region: 'us' }), 1)
        assert.equal(await find({ ownerId: 'bob' }), 1)
        assert.equal(await find({ status: 'closed' }), 1)
        assert.equal(await find({ roomType: 'raid', region: 'us' }), 0)
      })

      test('are found by guild, game server, password and the beginning of their name, whatever is in it', async () => {
        const hash = '$argon2id$v=19$m=1,t=1,p=1$c2FsdA$aGFzaA'
        await bench.apply(
          roomPut({ name: '100% Raid_1', guild_id: 'g1', password_hash: hash }),
          roomPut({ name: '100 raids', game_server_id: 's1' }),
        )
        const find = async (filter: object) =>
          (await bench.rooms.list({ visibleTo: 'all', ...filter }, 10, null)).rooms.map(({ name }) => name)
        assert.deepEqual(await find({ name: '100% RAID_' }), ['100% Raid_1'])
        assert.equal((await find({ name: '100' })).length, 2)
        assert.deepEqual(await find({ name: 'raid' }), [])
        assert.deepEqual(await find({ guildId: 'g1' }), ['100% Raid_1'])
        assert.deepEqual(await find({ gameServerId: 's1' }), ['100 raids'])
        assert.deepEqual(await find({ hasPassword: true }), ['100% Raid_1'])
        assert.deepEqual(await find({ hasPassword: false }), ['100 raids'])
      })

      test('come fullest first, page by page, and rooms made meanwhile move no page', async () => {
        const puts = [3, 0, 7, 3, 1].map((participants, index) =>
          roomPut({}, { participants, createdAtMs: startMs + index }),
        )
        await bench.apply(...puts)
        const page = (cursor: string | null) => bench.rooms.list({ visibleTo: 'all', sort: 'participants' }, 2, cursor)
        const first = await page(null)
        await bench.apply(roomPut({}, { participants: 9, createdAtMs: startMs + 9 }))
        const second = await page(first.nextCursor)
        const third = await page(second.nextCursor)
        assert.deepEqual(
          [first, second, third].flatMap(({ rooms }) => rooms.map((room) => room.room_id)),
          [2, 3, 0, 4, 1].map((index) => puts[index]?.roomId),
        )
        assert.equal(third.nextCursor, null)
        await assert.rejects(bench.rooms.list({ visibleTo: 'all' }, 2, first.nextCursor), { code: 'VALIDATION_FAILED' })
      })

      test('show what was last put, and keep when they were made', async () => {
        const made = roomPut({ password_hash: '$argon2id$v=19$m=1,t=1,p=1$c2FsdA$aGFzaA' })
        await bench.apply(made)
        await bench.apply({
          ...made,
          spec: { ...made.spec, name: 'another name', settings: { a: 1 } },
          participants: 3,
          createdAtMs: startMs + 5_000,
        })
        const [room] = (await bench.rooms.list({ visibleTo: 'all' }, 1, null)).rooms
        assert.deepEqual(
          [room?.name, room?.current_participants, room?.has_password, room?.settings, room?.created_at],
          ['another name', 3, true, { a: 1 }, new Date(startMs).toISOString()],
        )
        assert.equal(JSON.stringify(room).includes('argon2'), false)
        assert.equal(await bench.rooms.passwordHash(made.roomId), made.spec.password_hash)
        assert.equal(await bench.rooms.passwordHash(randomUUID() as RoomId), undefined)
      })

      test('that are overdue come longest overdue first, page by page; closed ones and those without an end do not', async () => {
        const closing = (afterMs: number | null, more: object = {}) =>
          roomPut({}, { closesAtMs: afterMs === null ? null : startMs + afterMs, ...more })
        const [late, later, latest] = [closing(2_000), closing(3_000), closing(1_000)]
        await bench.apply(late, later, latest, closing(60_000), closing(null), closing(500, { status: 'closed' }))
        const first = await bench.rooms.overdue(startMs + 10_000, 2, null)
        assert.deepEqual(first, [
          { roomId: latest.roomId, closesAtMs: startMs + 1_000 },
          { roomId: late.roomId, closesAtMs: startMs + 2_000 },
        ])
        const rest = await bench.rooms.overdue(startMs + 10_000, 2, first.at(-1) ?? null)
        assert.deepEqual(rest, [{ roomId: later.roomId, closesAtMs: startMs + 3_000 }])
        const { roomId } = late
        await bench.apply({
          ...{ write: 'room.activity', roomId, activeAtMs: startMs, participants: 1, closesAtMs: null },
        })
        assert.deepEqual(
          (await bench.rooms.overdue(startMs + 10_000, 10, null)).map((room) => room.roomId),
          [latest.roomId, later.roomId],
        )
      })

      test('keep hashes of passwords only, and a cursor that is not ours is refused', async () => {
        await assert.rejects(bench.apply(roomPut({ password_hash: 'hunter2' })))
        assert.deepEqual((await bench.rooms.list({ visibleTo: 'all' }, 10, null)).rooms, [])
        await assert.rejects(bench.rooms.list({ visibleTo: 'all' }, 10, 'abc'), { code: 'VALIDATION_FAILED' })
      })
    })

    describe('sanctions', () => {
      test('are told by their latest generation; an older one changes nothing any more', async () => {
        const room = roomPut()
        await bench.apply(room, muteOf(room.roomId, 'eve', 2, startMs + 60_000))
        await bench.apply(muteOf(room.roomId, 'eve', 1, null), liftOf(room.roomId, 'eve', 1))
        const stored = await bench.sanctions.get(refOf(room.roomId, 'eve'))
        assert.deepEqual([stored?.generation, stored?.untilMs, stored?.liftedAtMs], [2, startMs + 60_000, null])
        await bench.apply(liftOf(room.roomId, 'eve', 2))
        await bench.apply({ ...liftOf(room.roomId, 'eve', 2), cause: 'moderator' } as RecordWrite)
        const lifted = await bench.sanctions.get(refOf(room.roomId, 'eve'))
        assert.deepEqual([lifted?.liftedAtMs, lifted?.liftCause], [startMs + 9_000, 'expired'])
        assert.equal(await bench.sanctions.get(refOf(room.roomId, 'bob')), null)
      })

      test('that are overdue come longest overdue first; permanent and lifted ones do not', async () => {
        const room = roomPut()
        await bench.apply(
          room,
          muteOf(room.roomId, 'late', 1, startMs + 2_000),
          muteOf(room.roomId, 'later', 1, startMs + 3_000),
          muteOf(room.roomId, 'latest', 1, startMs + 1_000),
          muteOf(room.roomId, 'due', 1, startMs + 50_000),
          muteOf(room.roomId, 'for good', 1, null),
          muteOf(room.roomId, 'lifted', 1, startMs + 500),
          liftOf(room.roomId, 'lifted', 1),
        )
        const found = await bench.sanctions.overdue(startMs + 10_000, 2, null)
        assert.deepEqual(
          found.map(({ userId }) => userId),
          ['latest', 'late'],
        )
      })

      test('that are overdue are told page by page, those of closed rooms left out', async () => {
        const [open, over] = [roomPut(), roomPut({}, { status: 'closed' })]
        await bench.apply(
          ...[open, over],
          ...['a', 'b', 'c'].map((name) => muteOf(open.roomId, name, 1, startMs + 1_000)),
          muteOf(over.roomId, 'a', 1, startMs + 500),
          ...widerOf('global', 'all', 'a', { untilMs: startMs + 1_000 }),
        )
        const first = await bench.sanctions.overdue(startMs + 10_000, 3, null)
        const rest = await bench.sanctions.overdue(startMs + 10_000, 3, first.at(-1) ?? null)
        assert.deepEqual(
          [...first, ...rest].map(({ scope, userId }) => `${scope} ${userId}`),
          ['global a', 'room a', 'room b', 'room c'],
        )
      })

      test('beyond a room are those of its guild and of the whole service', async () => {
        const [hall, plain] = [roomPut({ guild_id: 'g1' }), roomPut()]
        await bench.apply(
          ...[hall, plain],
          ...widerOf('guild', 'g1', 'eve', { untilMs: startMs + 1_000 }),
          ...widerOf('guild', 'g2', 'eve'),
          ...widerOf('global', 'all', 'eve', { kind: 'ban', generation: 4 }),
          ...widerOf('guild', 'g1', 'bob'),
          muteOf(hall.roomId, 'eve', 1, null),
        )
        const told = async (roomId: RoomId) =>
          (await bench.sanctions.widerOn(user('eve'), roomId)).map((one) => Object.values(one).join(' ')).sort()
        assert.deepEqual(await told(hall.roomId), ['global ban 4 ', `guild mute 1 ${startMs + 1_000}`])
        assert.deepEqual(await told(plain.roomId), ['global ban 4 '])
        assert.deepEqual(await told(randomUUID() as RoomId), ['global ban 4 '])
        await bench.apply({
          ...{ write: 'sanction.lifted', scope: 'global', scopeId: 'all', userId: user('eve'), kind: 'ban' },
          ...{ generation: 4, atMs: startMs, cause: 'moderator' },
        })
        assert.deepEqual(await told(plain.roomId), [])
      })

      test('beyond a zone are those of its guild and of the whole service, of many users at once', async () => {
        const eve = widerOf('guild', 'g1', 'eve', { untilMs: startMs + 1_000 })
        await bench.apply(
          ...[roomPut(), ...eve, ...widerOf('global', 'all', 'eve', { kind: 'ban', generation: 4 })],
          ...widerOf('guild', 'g2', 'eve', { kind: 'deafen' }),
          ...widerOf('guild', 'g2', 'bob'),
          ...widerOf('guild', 'g1', 'cyd', { kind: 'deafen' }),
          {
            ...{
              write: 'sanction.put',
              scope: 'zone',
              scopeId: randomUUID(),
              userId: user('dan'),
              kind: 'ban',
              generation: 1,
            },
            ...{ untilMs: null, by: user('ann'), reason: 'noise', atMs: startMs },
          },
        )
        const on = async (guildId: string | null, ...names: string[]) =>
          [...(await bench.wider.on(names.map(user), guildId))]
            .flatMap(([name, list]) =>
              list.map(({ scope, kind, generation }) => [name, scope, kind, generation].join(' ')),
            )
            .sort()
        assert.deepEqual(await on('g1', 'eve', 'bob', 'cyd', 'dan', 'nobody'), [
          ...['cyd guild deafen 1', 'eve global ban 4', 'eve guild mute 1'],
        ])
        assert.deepEqual(await on(null, 'eve', 'bob'), ['eve global ban 4'])
        assert.deepEqual(await on('g1'), [])
        const ends = (await bench.wider.on([user('eve')], 'g1')).get(user('eve'))?.map(({ until_ms: ends }) => ends)
        assert.deepEqual(new Set(ends), new Set([null, startMs + 1_000]))
        await bench.apply({
          ...{ write: 'sanction.lifted', scope: 'global', scopeId: 'all', userId: user('eve'), kind: 'ban' },
          ...{ generation: 4, atMs: startMs, cause: 'moderator' },
        })
        assert.deepEqual(await on(null, 'eve'), [])
      })

      test('whoever listens hears on whom something changed, of each transaction', async () => {
        const heard: (string | null)[] = []
        const stop = await bench.wider.listen((userId) => heard.push(userId))
        await bench.apply(...widerOf('guild', 'g1', 'eve'), ...widerOf('guild', 'g1', 'bob'))
        await bench.apply(...widerOf('global', 'all', 'eve'))
        await waitUntil('all is heard', () => heard.length >= 3)
        await stop()
        await bench.apply(...widerOf('global', 'all', 'cyd'))
        assert.deepEqual(new Set(heard.slice(0, 2)), new Set(['eve', 'bob']))
        assert.equal(heard[2], 'eve')
        assert.equal(heard.includes('cyd'), false)
      })

      test('that others lean on are compared when those write; one that changed refuses them', async () => {
        const mute = { scope: 'guild', kind: 'mute', generation: 1 } as const
        const seat = (roomId: RoomId) => seatPut(roomId, 'eve')
        const room = roomPut({ guild_id: 'g1' })
        await bench.apply(room, knownOf('eve', 'g1'), seat(room.roomId))
        await bench.apply(...widerOf('guild', 'g1', 'eve', { untilMs: startMs + 1_000 }))
        const refused = { code: 'SANCTIONS_CHANGED' }
        await assert.rejects(bench.apply(knownOf('eve', 'g1'), seat(room.roomId)), refused)
        await assert.rejects(bench.apply(knownOf('eve', 'g1', { ...mute, generation: 2 })), refused)
        await assert.rejects(bench.apply(knownOf('eve', null, mute)), refused)
        await assert.rejects(bench.apply(knownOf('eve', 'g1', mute, { ...mute, scope: 'global' })), refused)
        await bench.apply(knownOf('eve', 'g1', mute), seat(room.roomId))
        await bench.apply(knownOf('eve', null), knownOf('eve', 'g2'), knownOf('bob', 'g1'))
        await bench.apply({ ...knownOf('eve', 'g1'), atMs: startMs + 1_000 })
        await bench.apply(...widerOf('global', 'all', 'eve', { kind: 'ban' }))
        const ban = { scope: 'global', kind: 'ban', generation: 1 } as const
        await bench.apply(knownOf('eve', 'g1', mute, ban), knownOf('eve', 'g1', ban, mute))
        assert.equal((await bench.spread.seatsOf(user('eve'))).length, 1, 'nothing of what was refused was written')
      })

      test('are told to the rooms where the user has a seat, with what stands there at that moment', async () => {
        const [hall, plain, over] = [roomPut({ guild_id: 'g1' }), roomPut(), roomPut({}, { status: 'closed' })]
        const gone = roomPut()
        const goneSeat = seatPut(gone.roomId, 'eve')
        await bench.apply(
          ...[hall, plain, over, gone, goneSeat],
          ...[hall, plain, over].map(({ roomId }) => seatPut(roomId, 'eve')),
          { write: 'participant.left', sessionId: goneSeat.sessionId, atMs: startMs },
        )
        await bench.apply(...widerOf('guild', 'g1', 'eve'), ...widerOf('global', 'all', 'eve', { kind: 'deafen' }))
        const seats = await bench.spread.seatsOf(user('eve'))
        const deafen = { scope: 'global', kind: 'deafen', generation: 1, until_ms: null }
        const mute = { scope: 'guild', kind: 'mute', generation: 1, until_ms: null }
        assert.deepEqual(
          new Map(
            seats.map(({ roomId, sanctions }) => [
              roomId,
              new Set(sanctions.map((one) => JSON.stringify(sorted(one)))),
            ]),
          ),
          new Map([
            [hall.roomId, new Set([deafen, mute].map((one) => JSON.stringify(sorted(one))))],
            [plain.roomId, new Set([JSON.stringify(sorted(deafen))])],
          ]),
        )
      })

      test('that changed are a task until they are told everywhere; a later change keeps it', async () => {
        await bench.apply(...widerOf('guild', 'g1', 'eve'), ...widerOf('global', 'all', 'bob'))
        assert.equal((await bench.spread.backlog()).users, 2)
        const tasks = await bench.spread.claim(10, 60_000)
        assert.deepEqual(tasks.map(({ userId }) => userId).sort(), ['bob', 'eve'])
        assert.deepEqual(await bench.spread.claim(10, 60_000), [], 'claimed by somebody')
        const [eve, bob] = ['eve', 'bob'].map((name) => tasks.find(({ userId }) => userId === name))
        assert.ok(eve && bob)
        await bench.apply(...widerOf('guild', 'g1', 'eve', { generation: 2 }))
        await bench.spread.done(eve)
        await bench.spread.putOff(eve, 60_000, 'too late')
        await bench.spread.done(bob)
        const again = await bench.spread.claim(10, 60_000)
        assert.deepEqual(
          again.map(({ userId, attempts }) => [userId, attempts]),
          [['eve', 0]],
        )
        assert.ok(again[0])
        await bench.spread.putOff(again[0], 0, 'no way')
        const [third] = await bench.spread.claim(10, 60_000)
        assert.deepEqual([third?.attempts, third?.changes], [1, again[0].changes])
        await bench.spread.done(again[0])
        assert.equal((await bench.spread.backlog()).users, 0)
      })

      test('of a scope are listed newest first, page by page, those that stand', async () => {
        await bench.apply(
          ...['a', 'b', 'c'].flatMap((name) => widerOf('guild', 'g1', name)),
          ...widerOf('guild', 'g1', 'd', { kind: 'ban', atMs: startMs + 1 }),
          ...widerOf('guild', 'g1', 'over', { untilMs: startMs + 500 }),
          ...widerOf('guild', 'g2', 'a'),
          ...widerOf('global', 'all', 'a'),
        )
        const scope = { scope: 'guild', scopeId: 'g1' } as const
        const list = (filter = {}, limit = 10, cursor: string | null = null) =>
          bench.sanctions.standing(scope, filter, startMs + 1_000, limit, cursor)
        const first = await list({}, 3)
        const second = await list({}, 3, first.nextCursor)
        assert.deepEqual(
          [...first.sanctions, ...second.sanctions].map(({ userId, kind }) => `${userId} ${kind}`),
          ['d ban', 'a mute', 'b mute', 'c mute'],
        )
        assert.equal(second.nextCursor, null)
        assert.deepEqual(
          (await list({ kind: 'mute', userId: user('b') })).sanctions.map(({ userId }) => userId),
          ['b'],
        )
        await assert.rejects(list({}, 3, 'abc'), { code: 'VALIDATION_FAILED' })
      })

      test('leave a trail of their scope', async () => {
        const room = roomPut()
        const event = (action: string, of: Partial<WritesOf<'moderation.event'>[number]>): RecordWrite => ({
          ...{ write: 'moderation.event', roomId: null, moderatorId: user('ann'), targetUserId: user('eve'), action },
          ...{ reason: '', evidence: null, atMs: startMs, expiresAtMs: null, durationS: null, data: {}, ...of },
        })
        await bench.apply(
          room,
          event('mute', { roomId: room.roomId }),
          event('ban', { scope: 'guild', scopeId: 'g1' }),
          event('deafen', { scope: 'global', scopeId: 'all' }),
        )
        const trail = async (filter: Parameters<SanctionRecords['trail']>[0]) =>
          (await bench.sanctions.trail(filter, 10, null)).events.map(
            ({ action, scope, scopeId }) => `${action} ${scope} ${scopeId}`,
          )
        assert.deepEqual(await trail({ scope: { scope: 'guild', scopeId: 'g1' } }), ['ban guild g1'])
        assert.deepEqual(await trail({ scope: { scope: 'guild', scopeId: 'g2' } }), [])
        assert.deepEqual(await trail({ roomId: room.roomId }), [`mute room ${room.roomId}`])
        assert.equal((await trail({ targetUserId: user('eve') })).length, 3)
      })

      test('leave a trail, newest first', async () => {
        const room = roomPut()
        const event = (action: string, atMs: number): RecordWrite => ({
          ...{ write: 'moderation.event', roomId: room.roomId, moderatorId: user('ann'), targetUserId: user('eve') },
          ...{
            action,
            reason: 'noise',
            evidence: 'clip-1',
            atMs,
            expiresAtMs: null,
            durationS: null,
            data: { generation: 1 },
          },
        })
        await bench.apply(room, event('mute', startMs), event('unmute', startMs + 1))
        const trail = (await bench.sanctions.trail({ roomId: room.roomId }, 10, null)).events
        assert.deepEqual(
          trail.map(({ action, data }) => [action, data]),
          [
            ['unmute', { generation: 1 }],
            ['mute', { generation: 1 }],
          ],
        )
      })
    })

    describe('the outbox', () => {
      test('hands over what is due, once', async () => {
        await bench.apply(outboxOf('ann', 1), outboxOf('bob', 1))
        const handed: string[] = []
        const take = () =>
          bench.outbox.deliverBatch(10, (rows) => {
            handed.push(...told(rows))
            return Promise.resolve(sent(rows))
          })
        assert.deepEqual([await take(), await take()], [2, 0])
        assert.deepEqual(handed, ['ann 1', 'bob 1'])
        assert.deepEqual(await bench.outbox.backlog(), { rows: 0, oldestAgeMs: 0 })
      })

      test('holds a row for as long as it is told, unless a newer one of its key comes', async () => {
        const later = { ...outboxOf('ann', 1), holdMs: 600_000 } as RecordWrite
        const handed: string[] = []
        const take = () =>
          bench.outbox.deliverBatch(10, (rows) => {
            handed.push(...told(rows))
            return Promise.resolve(sent(rows))
          })
        await bench.apply(later)
        assert.equal(await take(), 0)
        assert.deepEqual(await bench.outbox.backlog(), { rows: 0, oldestAgeMs: 0 }, 'nobody waits for it')
        await bench.apply(outboxOf('ann', 2))
        assert.equal(await take(), 1)
        assert.deepEqual(handed, ['ann 2'])
        await bench.makeDue()
        assert.equal(await take(), 0, 'the held one was overtaken')
      })

      test('hands over only the newest row of a key, and is done with the older ones by it', async () => {
        await bench.apply(outboxOf('ann', 1), outboxOf('ann', 2))
        await bench.apply(outboxOf('ann', 3))
        const handed: string[] = []
        await bench.outbox.deliverBatch(10, (rows) => {
          handed.push(...told(rows))
          return Promise.resolve(sent(rows))
        })
        assert.deepEqual(handed, ['ann 3'])
        assert.equal((await bench.outbox.backlog()).rows, 0)
      })

      test('keeps a row that failed, lets it rest, and offers it again', async () => {
        await bench.apply(outboxOf('ann', 1))
        const attempts: number[] = []
        const fail = (rows: readonly OutboxRow[]): Promise<readonly Delivery[]> => {
          attempts.push(...rows.map((row) => row.attempts))
          return Promise.resolve(rows.map(({ id }) => ({ id, sent: false, error: 'away' })))
        }
        assert.equal(await bench.outbox.deliverBatch(10, fail), 1)
        assert.equal(await bench.outbox.deliverBatch(10, fail), 0, 'it rests')
        assert.equal((await bench.outbox.backlog()).rows, 1)
        await bench.makeDue()
        assert.equal(await bench.outbox.deliverBatch(10, fail), 1)
        assert.deepEqual(attempts, [0, 1])
      })

      test('counts a row of which nothing was said as failed, and a delivery that throws changes nothing', async () => {
        await bench.apply(outboxOf('ann', 1))
        await assert.rejects(
          bench.outbox.deliverBatch(10, () => Promise.reject(new Error('relay died'))),
          /relay died/,
        )
        assert.equal(await bench.outbox.deliverBatch(10, () => Promise.resolve([])), 1)
        assert.equal((await bench.outbox.backlog()).rows, 1)
      })

      test('never hands a key to two relays at once', async () => {
        await bench.apply(outboxOf('ann', 1), outboxOf('bob', 1))
        const first: string[] = []
        const second: string[] = []
        await bench.outbox.deliverBatch(1, async (rows) => {
          first.push(...told(rows))
          await bench.apply(outboxOf('ann', 2))
          await bench.outbox.deliverBatch(10, (others) => {
            second.push(...told(others))
            return Promise.resolve(sent(others))
          })
          return sent(rows)
        })
        assert.deepEqual([first, second], [['ann 1'], ['bob 1']])
        const rest: string[] = []
        await bench.outbox.deliverBatch(10, (rows) => {
          rest.push(...told(rows))
          return Promise.resolve(sent(rows))
        })
        assert.deepEqual(rest, ['ann 2'])
      })
    })
  })
}
