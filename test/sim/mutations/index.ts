import type { MakeMutation } from '../mutation.ts'
import { acceptedInFlight, dedupForgotten, noEpochJoin, noNodeLeaseCheck, staleHandOver } from './journal.ts'
import {
  ackBeforeCommit,
  deadlineFromReply,
  handOffWithoutFlush,
  incarnationReused,
  noDeadlineCheck,
  unknownTakenForDone,
} from './node.ts'
import { noEpochFloor, releaseWithoutCompare, transferWithoutCompare } from './redis.ts'

export interface NamedMutation {
  /** The guard that is off. */
  readonly without: string
  readonly make: MakeMutation
}

/** The guards of the engine that the simulator can take away, by name. */
export const mutations: Readonly<Record<string, NamedMutation>> = {
  'no-epoch-join': { without: 'the epoch that every append joins on', make: noEpochJoin },
  'accepted-in-flight': {
    without: 'the lock that has a takeover wait for an append (FOR SHARE)',
    make: acceptedInFlight,
  },
  'ack-before-commit': { without: 'the wait of every answer for its commit', make: ackBeforeCommit },
  'unknown-taken-for-done': { without: 'the drop of an actor whose append has no outcome', make: unknownTakenForDone },
  'no-deadline-check': { without: 'the look at the deadline on every dispatch', make: noDeadlineCheck },
  'deadline-from-reply': { without: 'the deadline counted from before the renewal was sent', make: deadlineFromReply },
  'incarnation-reused': { without: 'an incarnation of its own for each life of a process', make: incarnationReused },
  'release-without-compare': {
    without: 'the comparison of a release with the present owner',
    make: releaseWithoutCompare,
  },
  'dedup-forgotten': { without: 'the answers given, in the snapshot', make: dedupForgotten },
  'transfer-without-compare': {
    without: 'the comparison of a transfer with the present owner',
    make: transferWithoutCompare,
  },
  'stale-hand-over': { without: 'the epoch that a hand-over is compared by', make: staleHandOver },
  'hand-off-without-flush': {
    without: 'the stillness of an actor in front of its transfer',
    make: handOffWithoutFlush,
  },
  'no-node-lease-check': {
    without: "the look at the owner's lease in the record at a takeover",
    make: noNodeLeaseCheck,
  },
  'no-epoch-floor': { without: 'the epoch of the record as the floor of the next claim', make: noEpochFloor },
}
