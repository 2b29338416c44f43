import { ManualTime } from '../../test/support/manual-time.ts'
import { MemoryOutbox } from '../outbox/memory.ts'
import { MemoryRoomRecords } from '../rooms/memory.ts'
import { MemorySanctionRecords } from '../sanctions/memory.ts'
import { MemorySanctionSpread } from '../sanctions/memory-spread.ts'
import { MemoryWiderSanctions } from '../sanctions/memory-wider.ts'
import { MemoryRecord } from './memory-record.ts'
import { recordContract } from './record.contract.ts'

recordContract('the record in memory', () => {
  const time = new ManualTime()
  const record = new MemoryRecord(time)
  return Promise.resolve({
    apply: (...writes) => Promise.resolve().then(() => record.apply(writes)),
    rooms: new MemoryRoomRecords(record),
    sanctions: new MemorySanctionRecords(record),
    spread: new MemorySanctionSpread(record),
    wider: new MemoryWiderSanctions(record),
    outbox: new MemoryOutbox(record),
    makeDue: () => time.advance(120_000),
    close: () => Promise.resolve(),
  })
})
