import { ManualTime } from '../../test/support/manual-time.ts'
import { MemoryRecord } from '../record/memory-record.ts'
import { inviteContract } from './invites.contract.ts'
import { MemoryInviteRecords } from './memory.ts'

inviteContract('invites in memory', () => {
  const record = new MemoryRecord(new ManualTime())
  return Promise.resolve({
    apply: (...writes) => Promise.resolve().then(() => record.apply(writes)),
    invites: new MemoryInviteRecords(record),
    close: () => Promise.resolve(),
  })
})
