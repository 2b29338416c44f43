import { Type, type TSchema } from '@sinclair/typebox'

declare const brand: unique symbol
/** A string that came through the check of its kind, so that a room id is never passed where a user id is meant. */
export type Brand<Kind extends string> = string & { readonly [brand]: Kind }

const branded = <Id extends string>(schema: TSchema) => Type.Unsafe<Id>(schema)
/** The schema of an id that is a UUID. */
export const uuid = <Id extends string>() => branded<Id>(Type.String({ format: 'uuid' }))

/** The only public id of a room: a UUID. */
export type RoomId = Brand<'RoomId'>
export const RoomId = uuid<RoomId>()

/** Opaque to us, chosen by the game: 1-36 of `[A-Za-z0-9_.:-]`. */
export type UserId = Brand<'UserId'>
export const UserId = branded<UserId>(Type.String({ pattern: '^[A-Za-z0-9_.:-]{1,36}$' }))

/** One seat of one user in one room. A UUID. */
export type SessionId = Brand<'SessionId'>
export const SessionId = uuid<SessionId>()

/** One invite to one room. A UUID; its token is another matter. */
export type InviteId = Brand<'InviteId'>
export const InviteId = uuid<InviteId>()

/** One socket of one client. A UUID; carries many sessions. */
export type ConnectionId = Brand<'ConnectionId'>
export const ConnectionId = uuid<ConnectionId>()

/** Name of a process in the cluster, stable over restarts: `node-1`, `gateway-2`. */
export type ProcessId = Brand<'ProcessId'>
export const ProcessId = branded<ProcessId>(Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,62}$' }))

/** One life of one process: a UUID made at start, never used again. */
export type Incarnation = Brand<'Incarnation'>
export const Incarnation = uuid<Incarnation>()

/**
 * What makes a command safe to send twice: `<source>/<counter>`, where the source is a connection id, an idempotency key,
 * or a workflow id. 3-200 printable characters without spaces.
 */
export type CommandId = Brand<'CommandId'>
export const CommandId = branded<CommandId>(Type.String({ pattern: '^[!-~]{3,200}$' }))

/** The engine's opaque name of an actor: `kind:id`, for instance `room:7b0c…`. */
export type ActorKey = Brand<'ActorKey'>
export const ActorKey = branded<ActorKey>(Type.String({ pattern: '^[a-z]+:[A-Za-z0-9_.:-]{1,340}$' }))

/** Builds an actor's key. The caller has checked the id. */
export const actorKey = (kind: string, id: string): ActorKey => `${kind}:${id}` as ActorKey

/** The kind in front of the first colon: `room` of `room:7b0c…`. */
export const kindOf = (key: ActorKey): string => key.slice(0, key.indexOf(':'))

/** The id behind the first colon. */
export const idOf = (key: ActorKey): string => key.slice(key.indexOf(':') + 1)

export const roomKey = (roomId: RoomId): ActorKey => actorKey('room', roomId)

/** Builds a command id from its source and its counter. */
export const commandId = (source: string, counter: number | string): CommandId => `${source}/${counter}` as CommandId

/** Everything in front of the last slash: the window in which commands are deduplicated. */
export const commandSource = (id: CommandId): string => id.slice(0, id.lastIndexOf('/'))
