import type { OverdueRoom, RoomEnds } from '../persistence/rooms/port.ts'
import type { Clock, Logger, Timers } from '../protocol/ports.ts'
import type { SweepMetrics } from './metrics.ts'
import { Sweep } from './sweep.ts'

export { sweepBatchMax, sweepRoundMax } from './sweep.ts'

/** Asks a room to close if its end has come by its own state and time. Rejects while the room cannot be reached. */
export interface RoomCloser {
  expire(room: OverdueRoom): Promise<{ readonly closed: boolean }>
}

export interface RoomSweepDeps {
  readonly rooms: RoomEnds
  readonly closer: RoomCloser
  readonly clock: Clock
  readonly timers: Timers
  readonly logger: Logger
  readonly metrics: SweepMetrics
}

/** Between two rounds, ms. */
export const sweepEveryMs = 2_000
/** So long an overdue room is left to its own alarm, ms. */
export const leewayMs = 1_000

/** The clock of rooms that nobody has in memory: has those closed whose end has passed. */
export class RoomSweep extends Sweep<OverdueRoom> {
  constructor({ rooms, closer, metrics, ...ports }: RoomSweepDeps) {
    super({
      of: 'room',
      overdue: (beforeMs, limit, after) => rooms.overdue(beforeMs, limit, after),
      settle: async (room) => (await closer.expire(room)).closed,
      named: ({ roomId }) => ({ room_id: roomId }),
      ...{ everyMs: sweepEveryMs, leewayMs },
      metrics: { settled: () => metrics.roomClosed(), failed: () => metrics.failed() },
      ...ports,
    })
  }
}
