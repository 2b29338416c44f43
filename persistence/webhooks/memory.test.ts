import { ManualTime } from '../../test/support/manual-time.ts'
import { MemoryAuditRecords } from '../audit/memory.ts'
import { MemoryRecord } from '../record/memory-record.ts'
import { MemoryWebhooks } from './memory.ts'
import { webhookContract } from './webhooks.contract.ts'

webhookContract('webhooks in memory', () => {
  const time = new ManualTime()
  const record = new MemoryRecord(time)
  const webhooks = new MemoryWebhooks(record)
  return Promise.resolve({
    apply: (...writes) => Promise.resolve().then(() => record.apply(writes)),
    registry: webhooks,
    queue: webhooks,
    audit: new MemoryAuditRecords(record),
    later: (ms) => time.advance(ms),
    close: () => Promise.resolve(),
  })
})
