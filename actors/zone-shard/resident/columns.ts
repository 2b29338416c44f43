import { epochInFrame } from '../../../protocol/zone/frames.ts'
import type { ZonePlan } from '../../../protocol/zone/plan.ts'
import { PositionAuthority } from '../../zone/authority.ts'
import { BatchReader } from '../../zone/batch-reader.ts'
import { ZoneEngine } from '../../zone/engine.ts'
import { FrameEncoder, type FrameSink } from '../../zone/frame-encoder.ts'
import { capacityMax } from '../../zone/players.ts'
import type { Player } from './player.ts'

/** A region begins with room for so many, players and ghosts together, and doubles it when less than a quarter is free. */
const firstCapacity = 1_024

/** The `rival` of a ghost who was handed on to a region that has not spoken of them, and of one of whom more than two have spoken. No region has these numbers. */
export const unspoken = 0xffff
export const several = 0xfffe

/** The engine of a region and what stands beside it by slot. All of it is made anew with other rules, or when it grows too small. */
export interface Columns {
  readonly engine: ZoneEngine
  readonly authority: PositionAuthority
  readonly encoder: FrameEncoder
  readonly reader: BatchReader
  /** The players of this region. */
  readonly bySlot: (Player | null)[]
  /** Of ghosts: the region whose player it is. */
  readonly source: Uint16Array
  /** Of ghosts: another region that says so too, or `several`, or that `source` has not said it yet (`unspoken`); 0 for none. */
  readonly rival: Uint16Array
  /** Of ghosts: when they go unless they are heard of again, ms; infinity for never. */
  readonly endsAtMs: Float64Array
  /** Of players: when the last record on them began to be made, ms. */
  readonly toldAtMs: Float64Array
  /** Of ghosts: 1 while they speak. */
  readonly speaks: Uint8Array
}

export function makeColumns(
  plan: ZonePlan,
  { capacity, epoch, sink }: { readonly capacity: number; readonly epoch: number; readonly sink: FrameSink },
): Columns {
  const engine = new ZoneEngine(plan.rules, capacity)
  const authority = new PositionAuthority(plan.authority, plan.rules.tickHz, capacity)
  // Places count from the zone's corner in every region, so that an origin never changes under a client.
  const place = { epoch: epochInFrame(epoch), originX: 0, originY: 0, originZ: 0 }
  return {
    engine,
    authority,
    encoder: new FrameEncoder(engine, place, sink),
    reader: new BatchReader(engine, authority),
    bySlot: Array.from({ length: capacity }, () => null),
    source: new Uint16Array(capacity),
    rival: new Uint16Array(capacity),
    endsAtMs: new Float64Array(capacity).fill(Number.POSITIVE_INFINITY),
    toldAtMs: new Float64Array(capacity),
    speaks: new Uint8Array(capacity),
  }
}

/** How much room columns should have; the same as now where that is enough. */
export function capacityFor(columns: Columns | null): number {
  if (!columns) return firstCapacity
  const { capacity, room } = columns.engine.players
  return room * 4 < capacity ? Math.min(capacityMax, capacity * 2) : capacity
}
