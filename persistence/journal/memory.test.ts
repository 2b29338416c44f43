import { journalContract } from './journal.contract.ts'
import { MemoryActorJournal } from './memory.ts'

journalContract('the journal in memory', () => {
  const written: string[] = []
  const journal = new MemoryActorJournal<string>((writes) => {
    if (writes.includes('forbidden')) throw new Error('a rule of the tables')
    written.push(...writes)
  })
  return Promise.resolve({ journal, written: () => Promise.resolve(written), close: () => Promise.resolve() })
})
