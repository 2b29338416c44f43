import { randomUUID } from 'node:crypto'
import type { InviteId, RoomId, SessionId, UserId } from '../../protocol/ids.ts'
import type { Clock } from '../../protocol/ports.ts'
import type { GivenRole } from '../../protocol/room/roles.ts'
import type { Role } from '../../protocol/room/values.ts'
import { AppError } from '../../protocol/errors.ts'
import type { WiderSanction } from '../../protocol/sanctions/scope.ts'
import type { OutboxMessage } from '../../protocol/workflows.ts'
import { commitmentOf, genesisOf, linkHash, sha256 } from '../audit/chain.ts'
import type { AuditRow } from '../audit/port.ts'
import type { RecordWrite } from '../record-writes.ts'
import { knownList } from '../sanctions/known.ts'
import type { ModerationEvent, StoredSanction } from '../sanctions/port.ts'
import type { WebhookId, DeliveryId } from '../../protocol/webhooks/webhook.ts'
import type { ZoneId } from '../../protocol/zone/plan.ts'
import { wants } from '../webhooks/interest.ts'
import type { MemoryDelivery, MemoryWebhook } from '../webhooks/memory-rows.ts'
import { messageOf, type WebhookMessage } from '../webhooks/message.ts'
import type { WritesOf } from './rows.ts'

type RoomRow = Omit<WritesOf<'room.put'>[number], 'write'> & { readonly endGeneration: number }
interface SeatRow {
  readonly roomId: RoomId
  readonly sessionId: SessionId
  readonly userId: UserId
  readonly username: string
  readonly role: Role
  readonly isMuted: boolean
  readonly mutedUntilMs: number | null
  readonly isDeafened: boolean
  readonly left: boolean
}
type ZoneRow = Omit<WritesOf<'zone.put'>[number], 'write'>
type InviteRow = Omit<WritesOf<'invite.put'>[number], 'write'> & {
  readonly uses: number
  readonly status: 'pending' | 'accepted' | 'rejected' | 'revoked' | 'expired'
}
export interface MemoryOutboxRow {
  readonly id: number
  readonly key: string
  readonly message: OutboxMessage
  readonly createdAtMs: number
  /** Null where it is due at once. */
  readonly heldUntilMs: number | null
  readonly attempts: number
  readonly nextAttemptAtMs: number
  readonly state: 'waiting' | 'sent' | 'superseded'
}

/** What the tables hold, as immutable rows, so that a copy of the maps is a copy of everything. */
interface Tables {
  readonly rooms: Map<RoomId, RoomRow>
  readonly seats: Map<SessionId, SeatRow>
  /** By room and user. */
  readonly givenRoles: Map<string, GivenRole>
  readonly zones: Map<ZoneId, ZoneRow>
  readonly sanctions: Map<string, StoredSanction>
  readonly moderation: ModerationEvent[]
  readonly invites: Map<InviteId, InviteRow>
  readonly audit: AuditRow[]
  readonly outbox: Map<number, MemoryOutboxRow>
  readonly spread: Map<UserId, MemorySpreadRow>
  readonly webhooks: Map<WebhookId, MemoryWebhook>
  readonly deliveries: Map<DeliveryId, MemoryDelivery>
}

/** A user of whom rooms have something to learn. */
export interface MemorySpreadRow {
  readonly changes: number
  readonly changedAtMs: number
  readonly attempts: number
  readonly nextAttemptAtMs: number
}

/** The record in memory: the twin of the tables that the memory ports read and the memory journal writes. */
export class MemoryRecord {
  readonly clock: Clock
  #tables: Tables = {
    rooms: new Map(),
    seats: new Map(),
    givenRoles: new Map(),
    zones: new Map(),
    sanctions: new Map(),
    moderation: [],
    invites: new Map(),
    audit: [],
    outbox: new Map(),
    spread: new Map(),
    webhooks: new Map(),
    deliveries: new Map(),
  }
  #outboxRows = 0
  readonly #wakes = new Set<() => void>()
  readonly #spreadWakes = new Set<(userId: UserId) => void>()

  constructor(clock: Clock) {
    this.clock = clock
  }

  get tables(): Readonly<Tables> {
    return this.#tables
  }

  /** All of the writes, or none: throws where a rule of the tables forbids one. */
  readonly apply = (writes: readonly RecordWrite[]): void => {
    const {
      rooms,
      seats,
      givenRoles,
      zones,
      sanctions,
      moderation,
      invites,
      audit,
      outbox,
      spread,
      webhooks,
      deliveries,
    } = this.#tables
    const next: Tables = {
      rooms: new Map(rooms),
      seats: new Map(seats),
      givenRoles: new Map(givenRoles),
      zones: new Map(zones),
      sanctions: new Map(sanctions),
      moderation: [...moderation],
      invites: new Map(invites),
      audit: [...audit],
      outbox: new Map(outbox),
      spread: new Map(spread),
      webhooks,
      deliveries: new Map(deliveries),
    }
    // What is leaned on is what stood before the batch.
    for (const write of writes) if (write.write === 'sanctions.known') checkKnown(this.#tables, write)
    for (const write of writes) this.#applyOne(next, write)
    this.#tables = next
    if (writes.some(({ write }) => write === 'outbox')) for (const wake of this.#wakes) wake()
    for (const write of writes) {
      if (write.write === 'sanction.spread') for (const wake of this.#spreadWakes) wake(write.userId)
    }
  }

  replaceOutboxRow(row: MemoryOutboxRow): void {
    this.#tables.outbox.set(row.id, row)
  }

  /** A message on its way to an endpoint, due at once. */
  putDelivery(
    id: DeliveryId,
    endpointId: WebhookId,
    roomId: RoomId | null,
    message: WebhookMessage,
    deliveries = this.#tables.deliveries,
  ): void {
    const nowMs = this.clock.wallMs()
    deliveries.set(id, {
      ...{ id, endpointId, roomId, messageId: message.id, type: message.type, body: message.body },
      ...{ state: 'waiting', attempts: 0, queuedAtMs: nowMs, nextAttemptAtMs: nowMs, claimedUntilMs: 0 },
      ...{ lastAttemptAtMs: null, lastStatus: null, lastError: null, lastTookMs: null },
    })
  }

  replaceAuditRow(index: number, row: AuditRow): void {
    this.#tables.audit[index] = row
  }

  /** Calls `wake` behind every write to the outbox, until the returned function is called. */
  onOutbox(wake: () => void): () => void {
    this.#wakes.add(wake)
    return () => this.#wakes.delete(wake)
  }

  /** The same behind every change of a wider sanction, with the user on whom it is. */
  onSpread(wake: (userId: UserId) => void): () => void {
    this.#spreadWakes.add(wake)
    return () => this.#spreadWakes.delete(wake)
  }

  #applyOne(tables: Tables, write: RecordWrite): void {
    switch (write.write) {
      case 'room.put': {
        const { password_hash: hash } = write.spec
        if (hash !== null && !hash.startsWith('$argon2id$'))
          throw new Error('a room holds an Argon2id string or nothing')
        tables.rooms.set(write.roomId, {
          ...write,
          createdAtMs: tables.rooms.get(write.roomId)?.createdAtMs ?? write.createdAtMs,
          endGeneration: tables.rooms.get(write.roomId)?.endGeneration ?? 0,
        })
        return
      }
      case 'room.activity': {
        const room = tables.rooms.get(write.roomId)
        if (room)
          tables.rooms.set(write.roomId, {
            ...room,
            ...{ activeAtMs: write.activeAtMs, participants: write.participants, closesAtMs: write.closesAtMs },
          })
        return
      }
      case 'room.end': {
        const room = tables.rooms.get(write.roomId)
        if (room) tables.rooms.set(write.roomId, { ...room, endGeneration: write.generation })
        return
      }
      case 'participant.put':
        requireRoom(tables, write.roomId)
        tables.seats.set(write.sessionId, { ...write, left: tables.seats.get(write.sessionId)?.left ?? false })
        return
      case 'participant.left': {
        const seat = tables.seats.get(write.sessionId)
        if (seat) tables.seats.set(write.sessionId, { ...seat, left: true })
        return
      }
      case 'participant.role':
        requireRoom(tables, write.roomId)
        if (write.given) tables.givenRoles.set(`${write.roomId} ${write.userId}`, write.given)
        else tables.givenRoles.delete(`${write.roomId} ${write.userId}`)
        for (const seat of tables.seats.values()) {
          if (seat.roomId !== write.roomId || seat.userId !== write.userId || seat.left) continue
          tables.seats.set(seat.sessionId, { ...seat, role: write.role })
        }
        return
      case 'participant.mute':
        for (const seat of tables.seats.values()) {
          if (seat.roomId !== write.roomId || seat.userId !== write.userId || seat.left) continue
          tables.seats.set(seat.sessionId, { ...seat, isMuted: write.isMuted, mutedUntilMs: write.mutedUntilMs })
        }
        return
      case 'participant.deafen':
        for (const seat of tables.seats.values()) {
          if (seat.roomId !== write.roomId || seat.userId !== write.userId || seat.left) continue
          tables.seats.set(seat.sessionId, { ...seat, isDeafened: write.isDeafened })
        }
        return
      case 'invite.put':
        requireRoom(tables, write.roomId)
        tables.invites.set(write.inviteId, { ...write, uses: 0, status: 'pending' })
        return
      case 'invite.used': {
        const invite = tables.invites.get(write.inviteId)
        if (!invite) return
        const uses = invite.uses + 1
        if (uses > invite.maxUses) throw new Error('the invite is used up')
        tables.invites.set(write.inviteId, {
          ...invite,
          uses,
          ...(uses === invite.maxUses ? { status: 'accepted' } : {}),
        })
        return
      }
      case 'invite.ended': {
        const invite = tables.invites.get(write.inviteId)
        if (!invite || (write.status === 'expired' && invite.status !== 'pending')) return
        tables.invites.set(write.inviteId, { ...invite, status: write.status })
        return
      }
      case 'zone.put':
        tables.zones.set(write.zoneId, {
          ...write,
          createdAtMs: tables.zones.get(write.zoneId)?.createdAtMs ?? write.createdAtMs,
        })
        return
      case 'sanction.put':
        putSanction(tables, write)
        return
      case 'sanction.lifted': {
        const sanction = tables.sanctions.get(sanctionRowKey(write))
        if (sanction?.generation !== write.generation || sanction.liftedAtMs !== null) return
        tables.sanctions.set(sanctionRowKey(write), { ...sanction, liftedAtMs: write.atMs, liftCause: write.cause })
        return
      }
      case 'moderation.event': {
        const { write: _, scope = 'room', scopeId = write.roomId ?? '', ...event } = write
        if (event.roomId !== null) requireRoom(tables, event.roomId)
        tables.moderation.push({ ...event, scope, scopeId, id: randomUUID() })
        return
      }
      case 'sanctions.known':
        return
      case 'sanction.spread': {
        const nowMs = this.clock.wallMs()
        const changes = (tables.spread.get(write.userId)?.changes ?? 0) + 1
        tables.spread.set(write.userId, { changes, changedAtMs: nowMs, attempts: 0, nextAttemptAtMs: nowMs })
        return
      }
      case 'audit':
        if (write.roomId !== null) requireRoom(tables, write.roomId)
        tables.audit.push(linked(tables, write, this.clock.wallMs()))
        return
      case 'webhook': {
        const wanting = [...tables.webhooks.values()].filter((hook) => hook.enabled && wants(hook, write))
        if (wanting.length === 0) return
        const message = messageOf(write)
        for (const { id } of wanting) {
          this.putDelivery(randomUUID() as DeliveryId, id, write.roomId, message, tables.deliveries)
        }
        return
      }
      case 'outbox':
        this.#outboxRows += 1
        tables.outbox.set(this.#outboxRows, {
          id: this.#outboxRows,
          key: write.key,
          message: write.message,
          createdAtMs: write.atMs,
          heldUntilMs: write.holdMs === undefined ? null : this.clock.wallMs() + write.holdMs,
          attempts: 0,
          nextAttemptAtMs: this.clock.wallMs() + (write.holdMs ?? 0),
          state: 'waiting',
        })
    }
  }
}

/** Names the one row of a sanction. */
export const sanctionRowKey = (ref: Pick<StoredSanction, 'scope' | 'scopeId' | 'userId' | 'kind'>): string =>
  [ref.scope, ref.scopeId, ref.userId, ref.kind].join(' ')

/** What stands on a user in a room of that guild, beyond the room. */
export const widerOn = (
  { sanctions }: Pick<Tables, 'sanctions'>,
  userId: UserId,
  guildId: string | null,
): readonly WiderSanction[] =>
  [...sanctions.values()].flatMap(({ scope, scopeId, kind, generation, untilMs, ...sanction }): WiderSanction[] => {
    if (sanction.userId !== userId || sanction.liftedAtMs !== null || kind === 'mute_all') return []
    const isMeant = scope === 'global' || (scope === 'guild' && scopeId === guildId)
    return isMeant ? [{ scope, kind, generation, until_ms: untilMs }] : []
  })

/** Throws SANCTIONS_CHANGED where others stand than are known. */
function checkKnown(tables: Tables, { userId, guildId, known, atMs }: WritesOf<'sanctions.known'>[number]): void {
  const stand = widerOn(tables, userId, guildId).filter(({ until_ms: until }) => until === null || until > atMs)
  if (knownList(stand).join() !== knownList(known).join()) throw new AppError('SANCTIONS_CHANGED', { user_id: userId })
}

function putSanction(tables: Tables, { write: _, atMs, ...sanction }: WritesOf<'sanction.put'>[number]): void {
  const before = tables.sanctions.get(sanctionRowKey(sanction))
  if (before && before.generation >= sanction.generation) return
  tables.sanctions.set(sanctionRowKey(sanction), { ...sanction, createdAtMs: atMs, liftedAtMs: null, liftCause: null })
}

/** The row at the end of its chain. Its salt is nobody's secret here: a record in memory has no strangers. */
function linked(tables: Tables, { write: _, ...write }: WritesOf<'audit'>[number], recordedAtMs: number): AuditRow {
  const last = tables.audit.findLast(({ chain }) => chain === write.chain)
  const salt = sha256(`salt ${tables.audit.length}`).subarray(0, 16)
  const row = {
    ...write,
    seq: (last?.seq ?? 0) + 1,
    recordedAtMs,
    salt,
    commitment: commitmentOf(salt, write.body),
    prevHash: last?.hash ?? genesisOf(write.chain),
  }
  return { ...row, hash: linkHash(row) }
}

function requireRoom(tables: Tables, roomId: RoomId): void {
  if (!tables.rooms.has(roomId)) throw new Error('the row refers to a room that is not there')
}
