import { Type, type Static } from '@sinclair/typebox'
import { decoder } from '../../protocol/codec.ts'
import { UserId } from '../../protocol/ids.ts'
import { Rank } from '../../protocol/sanctions/events.ts'
import { WiderKind } from '../../protocol/sanctions/scope.ts'
import { nullable } from '../../protocol/schema.ts'
import { strict } from '../../protocol/tagged-union.ts'
import type { ZoneId } from '../../protocol/zone/plan.ts'
import type { RegionMap } from '../../protocol/zone/region-map.ts'
import { ZoneSpec } from '../../protocol/zone/spec.ts'
import { sanctionKey, soonestEndMs, type SanctionBook } from '../sanction-book.ts'
import { initialState, type ZoneFacts, type ZoneState } from './state.ts'

/*
 * FROZEN: snapshots of this shape lie in the store. A change needs a new `v` and a reader for this one, or zones that an older version
 * kept can no longer be activated.
 */
const count = Type.Integer({ minimum: 1 })
const timeMs = Type.Integer({ minimum: 0 })

const Zone = strict({
  spec: ZoneSpec,
  version: count,
  /** Made by this very code; how deep it goes depends on the cuts. */
  map: Type.Unsafe<RegionMap>(strict({ version: count, nextId: count, root: Type.Object({}) })),
  by: UserId,
  created_at_ms: timeMs,
  closed_at_ms: nullable(timeMs),
})

export const ZoneSnapshot = strict({
  v: Type.Literal(1),
  /** Absent before it is made. */
  zone: Type.Optional(Zone),
  sanctions: Type.Array(
    strict({
      kind: WiderKind,
      user_id: UserId,
      generation: count,
      until_ms: nullable(timeMs),
      replaces_timed: Type.Boolean(),
      rank: Rank,
    }),
  ),
  /** In the order of lifting. */
  lifted: Type.Array(strict({ kind: WiderKind, user_id: UserId, generation: count, timed: Type.Boolean() })),
  generation_floor: Type.Integer({ minimum: 0 }),
})
export type ZoneSnapshot = Static<typeof ZoneSnapshot>

const decode = decoder(ZoneSnapshot)

export const toSnapshot = ({ zone, book, ranks }: ZoneState): ZoneSnapshot => ({
  v: 1,
  ...(zone ? { zone: keptZone(zone) } : {}),
  sanctions: Array.from(book.sanctions, ([key, running]) => ({
    // A root takes no other kinds.
    kind: running.kind as WiderKind,
    user_id: running.userId,
    generation: running.generation,
    until_ms: running.untilMs,
    replaces_timed: running.replacesTimed,
    rank: ranks.get(key) ?? 'privileged',
  })),
  lifted: Array.from(book.lifted.values(), (past) => ({
    kind: past.kind as WiderKind,
    user_id: past.userId,
    generation: past.generation,
    timed: past.timed,
  })),
  generation_floor: book.generationFloor,
})

const keptZone = ({ spec, map, createdBy, createdAtMs, closedAtMs, version }: ZoneFacts): Static<typeof Zone> => ({
  spec,
  version,
  map,
  by: createdBy,
  created_at_ms: createdAtMs,
  closed_at_ms: closedAtMs,
})

/** Throws VALIDATION_FAILED for what this version cannot read: the zone then refuses to start. */
export function fromSnapshot(zoneId: ZoneId, raw: unknown): ZoneState {
  const kept = decode(raw)
  const book: SanctionBook = {
    sanctions: new Map(
      kept.sanctions.map(({ kind, user_id: userId, generation, until_ms: untilMs, replaces_timed: replacesTimed }) => [
        sanctionKey(kind, userId),
        { kind, userId, generation, untilMs, replacesTimed },
      ]),
    ),
    lifted: new Map(
      kept.lifted.map(({ kind, user_id: userId, generation, timed }) => [
        sanctionKey(kind, userId),
        { kind, userId, generation, timed },
      ]),
    ),
    generationFloor: kept.generation_floor,
  }
  return {
    ...initialState(zoneId),
    zone: kept.zone ? readZone(kept.zone) : null,
    book,
    ranks: new Map(kept.sanctions.map(({ kind, user_id: userId, rank }) => [sanctionKey(kind, userId), rank])),
    soonestEndMs: soonestEndMs(book),
  }
}

const readZone = ({ spec, map, version, ...zone }: Static<typeof Zone>): ZoneFacts => ({
  spec,
  map,
  createdBy: zone.by,
  createdAtMs: zone.created_at_ms,
  closedAtMs: zone.closed_at_ms,
  version,
})
