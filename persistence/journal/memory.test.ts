import { ManualTime } from '../../test/support/manual-time.ts'
import { MemoryNodeLeases } from '../node-leases/memory.ts'
import { journalContract } from './journal.contract.ts'
import { MemoryActorJournal } from './memory.ts'

journalContract('the journal in memory', () => {
  const written: string[] = []
  const time = new ManualTime()
  const leases = new MemoryNodeLeases(time)
  const write = (writes: readonly string[]) => {
    if (writes.includes('forbidden')) throw new Error('a rule of the tables')
    written.push(...writes)
  }
  const journal = new MemoryActorJournal<string>(write, (incarnation) => leases.isHeld(incarnation))
  return Promise.resolve({
    journal,
    leases,
    pass: (ms) => time.advance(ms),
    written: () => Promise.resolve(written),
    close: () => Promise.resolve(),
  })
})
