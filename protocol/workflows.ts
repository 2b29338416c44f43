import { raidMessageKey, type RaidMessage } from './raids/workflow.ts'
import { recordingWorkflowId, type RecordingMessage } from './recordings/workflow.ts'

/*
 * Names and shapes that workflow code shares with the rest. Workflow definitions run in a sandbox and may import this
 * file: no imports here but of files like it, and no TypeBox.
 */

/** The task queue on which room workflows and their activities run. */
export const roomsTaskQueue = 'rooms'

/** Workflow type names. FROZEN: running workflows carry them. */
export const workflowNames = {
  timedSanction: 'timedSanction',
  roomExpiry: 'roomExpiry',
  inviteExpiry: 'inviteExpiry',
  reconcile: 'reconcile',
  erasePerson: 'erasePerson',
  retention: 'retention',
  exportPerson: 'exportPerson',
} as const

/** Signal and query names. FROZEN: as above. */
export const timedSanctionMessages = { set: 'set', lift: 'lift', state: 'state' } as const
export const roomExpiryMessages = { setEnd: 'setEnd', state: 'state' } as const

/** Search attributes of Temporal by which our workflows are found, where its namespace has them. FROZEN: as above. */
export const searchAttributes = {
  room: { name: 'VoiceRoom', type: 'KEYWORD' },
  /** A kind of clock; of sanctions, which one: `mute`. */
  kind: { name: 'VoiceKind', type: 'KEYWORD' },
  dueAt: { name: 'VoiceDueAt', type: 'DATETIME' },
} as const

/** The same as Temporal's command line takes them: `VoiceRoom=Keyword`. */
export const searchAttributeFlags: readonly string[] = Object.values(searchAttributes).map(
  ({ name, type }) => `${name}=${type.charAt(0)}${type.slice(1).toLowerCase()}`,
)

export type SanctionScope = 'room' | 'zone' | 'guild' | 'global'

/** Names one sanction: what, where, to whom. */
export interface SanctionRef {
  readonly kind: 'mute' | 'deafen' | 'ban' | 'mute_all'
  readonly scope: SanctionScope
  /** The UUID of the room or zone, the guild's id, or `all` for global. */
  readonly scopeId: string
  /** `all` for `mute_all`. */
  readonly userId: string
}

/** The sanction ends at `untilMs` (Unix ms), as of this generation. Replaces any older generation. */
export interface SetSanction {
  readonly generation: number
  readonly untilMs: number
}

/** The sanction is over already: the workflow of this or an older generation has nothing left to do. */
export interface SanctionEnded {
  readonly generation: number
}

/** What stands for a sanction, as its workflow knows it. Also the answer to the query `state`. */
export interface SanctionStanding {
  /** 0 before the first message. */
  readonly generation: number
  /** Unix ms; null when there is nothing to wait for: nothing was set yet, or it is over. */
  readonly untilMs: number | null
}

export interface TimedSanctionInput {
  readonly ref: SanctionRef
  /** What an earlier run of the same workflow handed over; absent at the first start. */
  readonly standing?: SanctionStanding
}

/** One sanction, one workflow: `sanction:{kind}:{scope}:{scopeId}:{user}`. */
export const sanctionWorkflowId = (ref: SanctionRef): string =>
  `sanction:${ref.kind}:${ref.scope}:${ref.scopeId}:${ref.userId}`

/** What the workflow asks of the cluster when the deadline has come. */
export interface ExpireSanctionInput {
  readonly ref: SanctionRef
  readonly generation: number
  /** `<workflow id>/<generation>/<step>`: the same on every retry, so the room does it once. */
  readonly commandId: string
}

/** `lifted` is false when someone else was first, or a newer generation stands. */
export interface ExpireSanctionResult {
  readonly lifted: boolean
  /** Set when the deadline lies in the future by the room's clock: wait until then and ask again (Unix ms). */
  readonly notBeforeMs: number | null
}

/** When a room closes by itself, as of this generation. Replaces any older generation. */
export interface SetRoomEnd {
  readonly generation: number
  /** Unix ms; null when it does not any more. */
  readonly atMs: number | null
  /** Those in the room are warned before it. */
  readonly warns: boolean
}

/** What stands for the end of a room, as its workflow knows it. Also the answer to the query `state`. */
export interface RoomEndStanding extends SetRoomEnd {
  /** How long before the end the last warning was given, ms; null for none yet. */
  readonly warnedMs: number | null
}

export interface RoomExpiryInput {
  readonly roomId: string
  /** What an earlier run of the same workflow handed over; absent at the first start. */
  readonly standing?: RoomEndStanding
}

/** How long before its scheduled end a room warns those in it, ms; the longest first. */
export const endWarningsMs = [300_000, 60_000] as const

/** One room, one workflow of its end: `room-expiry:{room}`. */
export const roomExpiryWorkflowId = (roomId: string): string => `room-expiry:${roomId}`

export interface CloseRoomInput {
  readonly roomId: string
  /** `<workflow id>/<generation>/<step>`: the same on every retry, so the room does it once. */
  readonly commandId: string
}

export interface CloseRoomResult {
  readonly closed: boolean
  /** Set when the end lies in the future by the room's own state and clock (Unix ms); null when there is none to wait for. */
  readonly notBeforeMs: number | null
}

export interface InviteExpiryInput {
  readonly inviteId: string
  readonly roomId: string
}

/** One invite, one workflow: `invite:{invite}`. */
export const inviteExpiryWorkflowId = (inviteId: string): string => `invite:${inviteId}`

export interface ExpireInviteInput extends InviteExpiryInput {
  readonly commandId: string
}

/** `expired` is false when it was over already. */
export interface ExpireInviteResult {
  readonly expired: boolean
  /** Set when it still holds by the room's clock: wait until then and ask again (Unix ms). */
  readonly notBeforeMs: number | null
}

/** Nothing of the person stands in Temporal. */
export interface ErasePersonInput {
  readonly erasureId: string
}

export const erasePersonWorkflowId = (erasureId: string): string => `erase-person:${erasureId}`

/** Nothing of the person stands in Temporal. */
export interface ExportPersonInput {
  readonly exportId: string
}

export const exportPersonWorkflowId = (exportId: string): string => `export-person:${exportId}`

export interface WorkflowActivities {
  expireSanction(input: ExpireSanctionInput): Promise<ExpireSanctionResult>
  closeRoom(input: CloseRoomInput): Promise<CloseRoomResult>
  /** Has the room warn those in it of its end, if it is in memory and has not done so. */
  warnRoom(input: CloseRoomInput): Promise<void>
  expireInvite(input: ExpireInviteInput): Promise<ExpireInviteResult>
  /** Has the workflows started again that the record awaits and that do not run. */
  compareRecord(input: ComparePageInput): Promise<ComparePageResult>
  /** Tells the workflows that run and that the record does not await. */
  compareWorkflows(input: ComparePageInput): Promise<ComparePageResult>
  /** Ends the seats of whom it is about, and takes them out of the next piece of the record. */
  eraseNext(input: ErasePersonInput): Promise<{ readonly done: boolean }>
  /** Writes the next piece of the file about a person. */
  exportNext(input: ExportPersonInput): Promise<{ readonly done: boolean }>
  /** Takes away the next piece of what a step is about. */
  retainNext(input: RetainInput): Promise<{ readonly removed: number; readonly done: boolean }>
  /** Counts what a round of retention came to. */
  retained(totals: RetentionTotals): Promise<void>
  /** Counts what a comparison came to. */
  reconciled(totals: ReconcileTotals): Promise<void>
}

export type SanctionMessage =
  | { readonly kind: 'sanction.set'; readonly ref: SanctionRef; readonly generation: number; readonly untilMs: number }
  | { readonly kind: 'sanction.ended'; readonly ref: SanctionRef; readonly generation: number }

/** What an outbox row tells the relay. `key` of the row is the workflow id. */
export type OutboxMessage =
  | SanctionMessage
  | ({ readonly kind: 'room_end.set'; readonly roomId: string } & SetRoomEnd)
  | ({ readonly kind: 'invite.set'; readonly generation: number; readonly atMs: number } & InviteExpiryInput)
  | { readonly kind: 'invite.ended'; readonly inviteId: string; readonly generation: number }
  | { readonly kind: 'person.erase'; readonly erasureId: string; readonly generation: number }
  | { readonly kind: 'person.export'; readonly exportId: string; readonly generation: number }
  | RaidMessage
  | RecordingMessage

/** Kinds of things that end by themselves, each with workflows of its own. */
export const clockKinds = ['sanction', 'room', 'invite'] as const
export type ClockKind = (typeof clockKinds)[number]

/** The workflow type of each kind. */
export const workflowOfClock: Readonly<Record<ClockKind, string>> = {
  sanction: workflowNames.timedSanction,
  room: workflowNames.roomExpiry,
  invite: workflowNames.inviteExpiry,
}

/** The workflow that a message is for. */
export function clockKeyOf(message: OutboxMessage): string {
  switch (message.kind) {
    case 'sanction.set':
    case 'sanction.ended':
      return sanctionWorkflowId(message.ref)
    case 'room_end.set':
      return roomExpiryWorkflowId(message.roomId)
    case 'invite.set':
    case 'invite.ended':
      return inviteExpiryWorkflowId(message.inviteId)
    case 'person.erase':
      return erasePersonWorkflowId(message.erasureId)
    case 'person.export':
      return exportPersonWorkflowId(message.exportId)
    case 'recording.finalise':
      return recordingWorkflowId(message.recordingId)
    case 'raid.occurrence':
    case 'raid.series':
      return raidMessageKey(message)
  }
}

/**
 * The sanctions that a workflow id may be of: one, or several where the ids of guild and user hold colons. Empty for an id of something
 * else.
 */
export function sanctionsOfWorkflowId(id: string): readonly SanctionRef[] {
  const [word, kind = '', scope = '', ...rest] = id.split(':')
  if (word !== 'sanction' || !isOneOf(sanctionKinds, kind) || !isOneOf(sanctionScopes, scope)) return []
  return rest.slice(1).map((_, cut) => ({
    ...{ kind, scope },
    scopeId: rest.slice(0, cut + 1).join(':'),
    userId: rest.slice(cut + 1).join(':'),
  }))
}

const sanctionKinds = ['mute', 'deafen', 'ban', 'mute_all'] as const
const sanctionScopes = ['room', 'zone', 'guild', 'global'] as const

const isOneOf = <Word extends string>(words: readonly Word[], word: string): word is Word =>
  (words as readonly string[]).includes(word)

/** One page of a comparison between the record and the workflows. */
export interface ComparePageInput {
  readonly kind: ClockKind
  /** Where the page before ended; null for the first. */
  readonly after: string | null
}

export interface ComparePageResult {
  readonly checked: number
  readonly repaired: number
  /** Null on the last page. */
  readonly next: string | null
}

/** What a comparison has come to so far. */
export interface ReconcileTotals {
  /** What the record awaits. */
  readonly awaited: number
  /** Workflows that were missing, and were asked for again. */
  readonly missing: number
  /** Open workflows that were looked at. */
  readonly open: number
  /** Those that waited in vain, and were told so. */
  readonly inVain: number
}

/** The steps of a comparison: each kind, first by the record, then by the workflows. */
export interface ReconcileInput {
  /** What an earlier run of the same workflow handed over; absent at the first start. */
  readonly progress?: { readonly step: number; readonly after: string | null; readonly totals: ReconcileTotals }
}

/** What retention goes through, in this order. FROZEN: running workflows count by it, so what is new comes last. */
export const retentionSteps = ['journal', 'seats', 'invites', 'roles', 'exports'] as const
export type RetentionStep = (typeof retentionSteps)[number]

export interface RetainInput {
  readonly step: RetentionStep
}

/** Rows that were taken away, by step. */
export type RetentionTotals = Readonly<Record<RetentionStep, number>>

export interface RetentionInput {
  /** What an earlier run of the same workflow handed over; absent at the first start. */
  readonly progress?: { readonly step: number; readonly totals: RetentionTotals }
}

export const retentionScheduleId = 'retention:daily'

/** Its workflow runs by this schedule, so that at most one is under way. */
export const reconcileScheduleId = 'reconcile:durable'
