import { Type, type Static } from '@sinclair/typebox'
import { AuditAction } from '../audit.ts'
import { RoomId, UserId } from '../ids.ts'
import { IsoTime, list, nullable, oneOf } from '../schema.ts'
import { strict } from '../tagged-union.ts'
import { endpoint, TextStream } from './endpoint.ts'
import { NextCursor, RoomParams } from './rooms.ts'

/** A row of the audit log. Where it was erased, everything that spoke of people is null. */
export const AuditEntryView = strict({
  /** Whose trail it is, and its number there. */
  chain: Type.String(),
  seq: Type.Integer({ minimum: 1 }),
  /** When it was decided, by the clock of the node. */
  at: IsoTime,
  /** When it was written down, by the clock of the record: lists are in this order. */
  recorded_at: IsoTime,
  action: AuditAction,
  room_id: nullable(RoomId),
  guild_id: nullable(Type.String()),
  /** `system` for the clocks. */
  actor_user_id: nullable(UserId),
  target_user_id: nullable(UserId),
  reason: nullable(Type.String()),
  evidence: nullable(Type.String()),
  details: Type.Unsafe<Readonly<Record<string, unknown>> | null>({ type: ['object', 'null'] }),
  erased: Type.Boolean(),
  /** SHA-256 in hex, over this row and the one before it. */
  hash: Type.String({ pattern: '^[0-9a-f]{64}$' }),
})
export type AuditEntryView = Static<typeof AuditEntryView>

export const AuditListBody = strict({ entries: list(AuditEntryView), next_cursor: NextCursor })

const filters = {
  actor_user_id: Type.Optional(UserId),
  target_user_id: Type.Optional(UserId),
  action: Type.Optional(AuditAction),
  /** By `recorded_at`: from this moment on, and before that one. */
  from: Type.Optional(IsoTime),
  to: Type.Optional(IsoTime),
}
const page = {
  limit: Type.Optional(Type.String({ pattern: '^([1-9][0-9]?|[1-4][0-9]{2}|500)$' })),
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 512 })),
}

/** A query has strings only; `limit` is 1-500, 50 where absent. */
export const RoomAuditQuery = strict({ ...filters, ...page })
export const AuditQuery = strict({ room_id: Type.Optional(RoomId), ...filters, ...page })
export type AuditQuery = Static<typeof AuditQuery>

export const exportFormats = ['jsonl', 'csv'] as const
export const AuditExportQuery = strict({
  format: oneOf(exportFormats),
  room_id: Type.Optional(RoomId),
  ...filters,
})

export const listAudit = endpoint({
  name: 'audit.list',
  method: 'GET',
  path: '/api/v1/audit',
  summary: 'Read the audit log, newest first',
  auth: 'token',
  limit: 'rest',
  query: AuditQuery,
  status: 200,
  reply: AuditListBody,
  errors: ['FORBIDDEN'],
})

export const exportAudit = endpoint({
  name: 'audit.export',
  method: 'GET',
  path: '/api/v1/audit/export',
  summary: 'Take the audit log out as one file, newest first',
  auth: 'token',
  limit: 'rest',
  query: AuditExportQuery,
  status: 200,
  reply: TextStream,
  media: ['application/x-ndjson', 'text/csv'],
  errors: ['FORBIDDEN'],
})

export const listRoomAudit = endpoint({
  name: 'audit.room',
  method: 'GET',
  path: '/api/v1/rooms/{roomId}/audit',
  summary: 'Read the audit log of a room, newest first',
  auth: 'token',
  limit: 'rest',
  params: RoomParams,
  query: RoomAuditQuery,
  status: 200,
  reply: AuditListBody,
  errors: ['ROOM_NOT_FOUND', 'FORBIDDEN'],
})

export const auditEndpoints = [listAudit, exportAudit, listRoomAudit] as const
