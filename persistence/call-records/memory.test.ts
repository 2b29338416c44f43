import { randomUUID } from 'node:crypto'
import type { RoomId } from '../../protocol/ids.ts'
import { callStoreContract } from './call-store.contract.ts'
import { MemoryCallStore } from './memory.ts'

callStoreContract('the store of calls in memory', () => {
  const rooms = new Set<RoomId>()
  const store = new MemoryCallStore((room) => rooms.has(room))
  return Promise.resolve({
    store,
    addRoom: () => {
      const room = randomUUID() as RoomId
      rooms.add(room)
      return Promise.resolve(room)
    },
    statuses: () => Promise.resolve(new Map([...store.sessions].map(([id, { status }]) => [id, status]))),
    signals: () => Promise.resolve([...store.signals.keys()]),
    reports: () => Promise.resolve([...store.reports.keys()]),
    close: () => Promise.resolve(),
  })
})
