import { randomUUID } from 'node:crypto'
import type { RoomId } from '../../protocol/ids.ts'
import { MemoryCallStore } from '../call-records/memory.ts'
import { MemoryQualityRollups } from './memory.ts'
import { rollupsContract } from './rollups.contract.ts'

rollupsContract('rollups in memory', () => {
  const regions = new Map<RoomId, string | null>()
  const store = new MemoryCallStore((room) => regions.has(room))
  return Promise.resolve({
    rollups: new MemoryQualityRollups(
      () => store.reports.values(),
      (room) => regions.get(room) ?? null,
    ),
    addRoom: (region) => {
      const room = randomUUID() as RoomId
      regions.set(room, region ?? null)
      return Promise.resolve(room)
    },
    addReports: async (rows) => {
      await store.writeQuality(rows)
    },
    refresh: () => Promise.resolve(),
    close: () => Promise.resolve(),
  })
})
