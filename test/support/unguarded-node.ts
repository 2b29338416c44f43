/*
 * A node without its first two fences, for one test: it counts itself as holding its lease for ever, nothing ends it, and it
 * stops itself (SIGSTOP) between the decision and the append of a command whose reason is `freeze here`, as an actor's first
 * owner. What is left is the fence in Postgres.
 */
import type { LeaseGuard } from '../../cluster/membership/port.ts'
import { configOrExit } from '../../bin/config.ts'
import { runProcess } from '../../bin/processes/frame.ts'
import { startNode } from '../../bin/processes/node.ts'
import type { ActorJournal } from '../../persistence/journal/port.ts'
import type { RecordWrite } from '../../persistence/record-writes.ts'

const alwaysHeld: LeaseGuard = { holds: () => true, leftMs: () => Number.POSITIVE_INFINITY }

function freezing(journal: ActorJournal<RecordWrite>): ActorJournal<RecordWrite> {
  return {
    fence: (...args) => journal.fence(...args),
    append: (entries) => {
      const isFirstOwner = entries.some(({ epoch }) => epoch === 1)
      if (isFirstOwner && JSON.stringify(entries).includes('freeze here')) process.kill(process.pid, 'SIGSTOP')
      return journal.append(entries)
    },
    saveSnapshot: (...args) => journal.saveSnapshot(...args),
    load: (...args) => journal.load(...args),
    epochOf: (...args) => journal.epochOf(...args),
    guestAppend: (...args) => journal.guestAppend(...args),
  }
}

const config = configOrExit('node')
await runProcess('node', config, (frame) =>
  startNode(config, frame, { guard: () => alwaysHeld, journal: freezing, endsItself: false }),
)
