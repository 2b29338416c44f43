import type { UserId } from '../../protocol/ids.ts'
import type { WiderSanction } from '../../protocol/sanctions/scope.ts'
import { widerOn, type MemoryRecord } from '../record/memory-record.ts'
import type { WiderSanctions } from './port.ts'

/** Sanctions beyond one room or zone, of a record in memory. */
export class MemoryWiderSanctions implements WiderSanctions {
  readonly #record: MemoryRecord

  constructor(record: MemoryRecord) {
    this.#record = record
  }

  on(userIds: readonly UserId[], guildId: string | null): Promise<ReadonlyMap<UserId, readonly WiderSanction[]>> {
    const { tables } = this.#record
    const found = userIds.map((userId) => [userId, widerOn(tables, userId, guildId)] as const)
    return Promise.resolve(new Map(found.filter(([, sanctions]) => sanctions.length > 0)))
  }

  listen(heard: (userId: UserId | null) => void): Promise<() => Promise<void>> {
    const stop = this.#record.onSpread(heard)
    return Promise.resolve(() => {
      stop()
      return Promise.resolve()
    })
  }
}
