import { roomSpec } from '../../test/support/specimens.ts'
import assert from 'node:assert/strict'
import type { DecideContext, EventContext, Push } from '../../cluster/actor-runtime/definition.ts'
import type { RecordWrite } from '../../persistence/record-writes.ts'
import {
  roomKey,
  type CommandId,
  type ConnectionId,
  type RoomId,
  type SessionId,
  type UserId,
} from '../../protocol/ids.ts'
import type { ParticipantFlags, RoomChanges, RoomCommand, RoomSpec } from '../../protocol/room/commands.ts'
import type { RoomEvent } from '../../protocol/room/events.ts'
import type { Permission } from '../../protocol/room/permissions.ts'
import type { RoomReplies } from '../../protocol/room/replies.ts'
import type { GivenRole } from '../../protocol/room/roles.ts'
import type { StageCommand } from '../../protocol/room/stage.ts'
import type { GuildRole, Principal, SanctionKind } from '../../protocol/room/values.ts'
import { roomDefinition } from './actor.ts'
import type { RoomState } from './state.ts'

/** For tests: a room driven by hand, one command after another, each through JSON as on the wire and in the journal. */

export const joinGraceMs = 30_000
export const roomId = '7b0c6d0e-2a57-4c0b-9c0e-3f1a5d7e9b01' as RoomId
export const definition = roomDefinition({ joinGraceMs })
export const key = roomKey(roomId)

export const user = (name: string) => name as UserId
export const session = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}` as SessionId

export const connection = (number: number) =>
  `c0000000-0000-4000-8000-${String(number).padStart(12, '0')}` as ConnectionId

export const as = (name: string, ...privileges: Principal['privileges']): Principal => ({
  user_id: user(name),
  privileges,
})

/** Somebody whose token names the guild `g1`. */
export const ofGuild = (name: string, role: GuildRole = 'member'): Principal => ({
  ...as(name),
  guilds: [{ id: 'g1', role }],
})

/** What of a room a test may choose. */
export type SpecChanges = Partial<RoomSpec>

export const spec = (changes: SpecChanges = {}): RoomSpec => roomSpec({ max_participants: 3, ...changes })

type OtherStageCommand = 'invite_to_stage' | 'remove_from_stage' | 'grant_voice' | 'revoke_voice'
type OwnStageCommand = Exclude<StageCommand['type'], OtherStageCommand>

/** Commands by their usual shape. */
export const commands = {
  create: (changes: SpecChanges = {}, by = as('owner')): RoomCommand => ({
    type: 'create',
    by,
    spec: spec(changes),
  }),
  join: (
    name: string,
    number: number,
    more: { readonly by?: Principal; readonly hash?: string } = {},
  ): RoomCommand => ({
    type: 'join',
    by: more.by ?? as(name),
    user_id: user(name),
    username: name,
    session_id: session(number),
    password_hash: more.hash ?? null,
  }),
  leave: (name: string, number?: number, by = as(name)): RoomCommand => ({
    type: 'leave',
    by,
    user_id: user(name),
    ...(number === undefined ? {} : { session_id: session(number) }),
  }),
  attach: (name: string, number: number, flags = {}, by?: ConnectionId): RoomCommand => ({
    type: 'attach',
    user_id: user(name),
    session_id: session(number),
    flags,
    ...(by === undefined ? {} : { connection_id: by }),
  }),
  detach: (number: number, by?: ConnectionId): RoomCommand => ({
    type: 'detach',
    session_id: session(number),
    ...(by === undefined ? {} : { connection_id: by }),
  }),
  setFlags: (name: string, number: number, flags: ParticipantFlags): RoomCommand => ({
    type: 'set_flags',
    user_id: user(name),
    session_id: session(number),
    flags,
  }),
  useSeat: (name: string, number: number): RoomCommand => ({
    type: 'use_seat',
    user_id: user(name),
    session_id: session(number),
  }),
  signal: (from: string, number: number, to: string): RoomCommand => ({
    type: 'signal',
    session_id: session(number),
    from_user: user(from),
    to_user: user(to),
    message_type: 'offer',
    sdp: 'v=0',
  }),
  mute: (by: Principal, target: string, durationS: number | null): RoomCommand => ({
    type: 'sanction',
    by,
    kind: 'mute',
    target_user_id: user(target),
    duration_s: durationS,
    reason: 'noise',
  }),
  sanction: (by: Principal, kind: SanctionKind, target: string, durationS: number | null = null): RoomCommand => ({
    type: 'sanction',
    by,
    kind,
    target_user_id: user(target),
    duration_s: durationS,
    reason: 'noise',
  }),
  lift: (by: Principal, kind: SanctionKind, target: string): RoomCommand => ({
    type: 'lift',
    by,
    kind,
    target_user_id: user(target),
    reason: 'sorry',
  }),
  kick: (by: Principal, target: string, durationS: number | null = null): RoomCommand => ({
    type: 'kick',
    by,
    target_user_id: user(target),
    duration_s: durationS,
    reason: 'noise',
    evidence: 'clip-1',
  }),
  unmute: (by: Principal, target: string): RoomCommand => ({
    type: 'lift',
    by,
    kind: 'mute',
    target_user_id: user(target),
    reason: 'sorry',
  }),
  expire: (target: string, generation: number, clock: 'actor' | 'workflow' = 'workflow'): RoomCommand => ({
    type: 'expire',
    kind: 'mute',
    target_user_id: user(target),
    generation,
    clock,
  }),
  setRole: (by: Principal, target: string, role: GivenRole | null): RoomCommand => ({
    type: 'set_role',
    by,
    target_user_id: user(target),
    role,
  }),
  transfer: (by: Principal, target: string): RoomCommand => ({
    type: 'transfer_ownership',
    by,
    target_user_id: user(target),
  }),
  authorize: (by: Principal, permission: Permission): RoomCommand => ({ type: 'authorize', by, permission }),
  update: (by: Principal, changes: RoomChanges): RoomCommand => ({ type: 'update', by, changes }),
  close: (by: Principal): RoomCommand => ({ type: 'close', by, reason: 'over' }),
  view: (by: Principal | null = null): RoomCommand => ({ type: 'view', as: by }),
  /** What somebody does with their own place on stage. */
  own: (type: OwnStageCommand, by: Principal): RoomCommand => ({ type, by }),
  /** What somebody does with the place, or the voice, of somebody else. */
  ofOther: (type: OtherStageCommand, by: Principal, target: string): RoomCommand => ({
    type,
    by,
    target_user_id: user(target),
  }),
  wake: { type: 'wake' } as RoomCommand,
  activated: { type: 'activated' } as RoomCommand,
}

/** What the last command came to. */
export interface Outcome {
  /** As the asker is told it. */
  readonly reply: unknown
  readonly events: readonly RoomEvent[]
  readonly published: readonly unknown[]
  readonly pushes: readonly Push[]
  /** Rows of the record, but for those of the audit log and of webhooks: `RoomKit.audit`, `RoomKit.webhooks`. */
  readonly writes: readonly RecordWrite[]
}

type AuditWrite = Extract<RecordWrite, { write: 'audit' }>
type WebhookWrite = Extract<RecordWrite, { write: 'webhook' }>

/** One room. Time stands still until `nowMs` is set. */
export class RoomKit {
  state: RoomState = definition.initial(key)
  nowMs = 1_700_000_000_000
  /** Every event of the room as JSON text with its time: the journal. */
  readonly journal: { readonly atMs: number; readonly event: string }[] = []
  /** Every row that the room put into the audit log. */
  readonly audit: AuditWrite[] = []
  /** Everything that webhooks might be told of. */
  readonly webhooks: WebhookWrite[] = []
  /** Every answer as it was decided and would be remembered, but for refusals. */
  readonly kept: unknown[] = []
  epoch = 1
  #seq = 0
  #commands = 0

  /** Carries out one command in the runtime's order. */
  run(command: RoomCommand, id = `kit/${(this.#commands += 1)}`): Outcome {
    const context: DecideContext = { key, nowMs: this.nowMs, epoch: this.epoch, commandId: id as CommandId }
    const decoded = definition.decodeCommand(JSON.parse(JSON.stringify(command)))
    const decision = definition.decide(this.state, decoded, context)
    const seq = (this.#seq += 1)
    const writes: RecordWrite[] = []
    const published: unknown[] = []
    for (const [part, event] of decision.events.entries()) {
      const at: EventContext = { key, epoch: 1, seq, part, atMs: this.nowMs }
      const text = JSON.stringify(event)
      this.journal.push({ atMs: this.nowMs, event: text })
      const stored = definition.decodeEvent(JSON.parse(text))
      this.state = definition.evolve(this.state, stored, at)
      writes.push(...definition.writes(stored, this.state, at))
      const told = definition.publish(stored, this.state, at)
      if (told !== null) published.push(told)
    }
    for (const change of decision.changes) this.state = definition.applyChange(this.state, change)
    const { reply, events, pushes } = decision
    this.audit.push(...writes.filter((write) => write.write === 'audit'))
    this.webhooks.push(...writes.filter((write) => write.write === 'webhook'))
    const others = writes.filter(({ write }) => write !== 'audit' && write !== 'webhook')
    if ('ok' in reply) this.kept.push(reply.ok)
    return {
      reply: 'ok' in reply ? definition.tell?.(reply.ok, this.state) : reply,
      events,
      published,
      pushes,
      writes: others,
    }
  }

  /** Carries out commands that have to succeed. */
  given(...commands: readonly RoomCommand[]): this {
    for (const command of commands) {
      const { reply } = this.run(command)
      assert.ok(!isRejected(reply), `${command.type} was refused: ${JSON.stringify(reply)}`)
    }
    return this
  }

  /** Puts a fact into the room that no command of this version makes. */
  fact(event: RoomEvent): this {
    this.state = definition.evolve(this.state, event, {
      key,
      epoch: 1,
      seq: (this.#seq += 1),
      part: 0,
      atMs: this.nowMs,
    })
    return this
  }

  view(): RoomReplies['view'] {
    return this.run(commands.view()).reply as RoomReplies['view']
  }

  /** The room as its journal alone tells it. */
  replayed(): RoomState {
    return this.journal.reduce(
      (state, { atMs, event }, index) =>
        definition.evolve(state, definition.decodeEvent(JSON.parse(event)), {
          key,
          epoch: 1,
          seq: index + 1,
          part: 0,
          atMs,
        }),
      definition.initial(key),
    )
  }
}

const isRejected = (reply: unknown): boolean => typeof reply === 'object' && reply !== null && 'reject' in reply

/** A moderator's seat, as a version that gives the role away journals it. */
export const moderatorJoined = (name: string, number: number): RoomEvent => ({
  type: 'participant.joined',
  v: 1,
  session_id: session(number),
  user_id: user(name),
  username: name,
  role: 'moderator',
})
