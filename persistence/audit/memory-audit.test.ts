import { ManualTime } from '../../test/support/manual-time.ts'
import { MemoryAuditTrail } from '../audit-trail/memory.ts'
import { MemoryRecord } from '../record/memory-record.ts'
import { auditContract } from './audit.contract.ts'
import { MemoryAuditRecords } from './memory.ts'

auditContract('the audit log in memory', () => {
  const time = new ManualTime()
  const record = new MemoryRecord(time)
  return Promise.resolve({
    apply: (...writes) => Promise.resolve().then(() => record.apply(writes)),
    records: new MemoryAuditRecords(record),
    trail: new MemoryAuditTrail(record),
    tick: () => time.advance(1),
    close: () => Promise.resolve(),
  })
})
