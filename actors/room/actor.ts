import type { ActorDefinition, CommandClass } from '../../cluster/actor-runtime/definition.ts'
import type { RecordWrite } from '../../persistence/record-writes.ts'
import { decoder } from '../../protocol/codec.ts'
import { idOf, type ActorKey, type RoomId } from '../../protocol/ids.ts'
import { RoomCommand } from '../../protocol/room/commands.ts'
import { RoomEvent } from '../../protocol/room/events.ts'
import type { SeatTaken } from '../../protocol/room/replies.ts'
import { auditOf } from './audit.ts'
import { decide } from './decide.ts'
import { unheardOf } from './decide-signals.ts'
import { nextDueMs } from './due.ts'
import { applyChange, evolve, type RoomChange } from './evolve.ts'
import { presentEvent, presentPresence, presentSnapshot } from './present.ts'
import { recordOf } from './record.ts'
import { fromSnapshot, toSnapshot } from './snapshot.ts'
import { initialState, type RoomState } from './state.ts'
import { webhookOf } from './webhooks.ts'

export interface RoomOptions {
  /** How long a seat without a connection stays. Ms. */
  readonly joinGraceMs: number
}

export type RoomDefinition = ActorDefinition<RoomState, RoomCommand, RoomEvent, RoomChange, RecordWrite>

/** Exactly one key is a room's: `room:<uuid>`. The caller has checked the id. */
const roomIdOf = (key: ActorKey): RoomId => idOf(key) as RoomId

const decodeCommand = decoder(RoomCommand)
const decodeEvent = decoder(RoomEvent)

/** Everything else is class A: it is durable, or it keeps a session in its place. */
const classes: Readonly<Partial<Record<RoomCommand['type'], CommandClass>>> = {
  join: 'join',
  signal: 'B',
  signals_heard: 'B',
  set_flags: 'B',
  set_transmit: 'B',
  check_broadcast: 'B',
  set_volume: 'B',
  use_seat: 'B',
  view: 'B',
  authorize: 'B',
  list_invites: 'B',
  view_invite: 'B',
  warn_room: 'B',
}

const classOf = (raw: unknown): CommandClass =>
  typeof raw === 'object' && raw !== null && 'type' in raw && Object.hasOwn(classes, raw.type as string)
    ? (classes[raw.type as RoomCommand['type']] ?? 'A')
    : 'A'

/** Answers journaled before hold the room as it was. */
const isSeatTaken = (reply: unknown): reply is SeatTaken =>
  typeof reply === 'object' && reply !== null && 'snapshot' in reply && reply.snapshot === null

/** The room as the engine runs it. */
export const roomDefinition = ({ joinGraceMs }: RoomOptions): RoomDefinition => ({
  kind: 'room',
  decodeCommand,
  classOf,
  decodeEvent,
  initial: (key) => initialState(roomIdOf(key)),
  decide: (state, command, { nowMs, epoch, commandId }) =>
    decide(state, command, { nowMs, epoch, commandId, joinGraceMs }),
  evolve: (state, event, { atMs }) => evolve(state, event, atMs),
  applyChange,
  toSnapshot,
  fromSnapshot: (key, raw) => fromSnapshot(roomIdOf(key), raw),
  writes: (event, after, at) => [
    ...recordOf(event, after, at.atMs),
    ...auditOf(event, after, at.atMs),
    ...webhookOf(event, after, at),
  ],
  tell: (reply, state) =>
    isSeatTaken(reply) && state.room ? { ...reply, snapshot: presentSnapshot(state, state.room) } : reply,
  publish: (event, after) => presentEvent(event, after),
  welcome: (state, session) => state.room && presentSnapshot(state, state.room, state.sessions.get(session)),
  beside: (state, session) => presentPresence(state, state.sessions.get(session)),
  unheard: unheardOf,
  nextWakeAtMs: nextDueMs,
  wakeCommand: { type: 'wake' },
  detachCommand: (session) => ({ type: 'detach', session_id: session }),
  activatedCommand: () => ({ type: 'activated' }),
  // While the room is out of memory the deadlines of sanctions and invites and its own end are kept by workflows and sweeps.
  mayRest: (state) => state.seats.size === 0,
  homeRegion: (state) => state.room?.spec.region ?? null,
  gauges: (state) => ({
    active_rooms: state.room?.status === 'active' ? 1 : 0,
    active_participants: state.seats.size,
  }),
  counts: (event) => {
    if (event.type === 'room.created') return ['rooms_created']
    if (event.type === 'participant.joined') return ['participants_joined']
    return []
  },
})
