import { ManualTime } from '../../test/support/manual-time.ts'
import { MemoryRecord } from '../record/memory-record.ts'
import { MemoryZoneRecords } from './memory.ts'
import { zoneRecordsContract } from './zones.contract.ts'

zoneRecordsContract('zones in memory', () => {
  const record = new MemoryRecord(new ManualTime())
  return Promise.resolve({
    apply: (...writes) => Promise.resolve().then(() => record.apply(writes)),
    zones: new MemoryZoneRecords(record),
    close: () => Promise.resolve(),
  })
})
