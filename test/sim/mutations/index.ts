import type { MakeMutation } from '../mutation.ts'
import type { SceneName } from '../scenes.ts'
import { acceptedInFlight, dedupForgotten, noEpochJoin, noNodeLeaseCheck, staleHandOver } from './journal.ts'
import {
  ackBeforeCommit,
  deadlineFromReply,
  handOffWithoutFlush,
  incarnationReused,
  noDeadlineCheck,
  unknownTakenForDone,
} from './node.ts'
import { adoptedOnce, plansWithoutEpoch, regionsOfOneLife, saidOnce } from './zone.ts'
import { noEpochFloor, releaseWithoutCompare, transferWithoutCompare } from './redis.ts'

export interface NamedMutation {
  /** The guard that is off. */
  readonly without: string
  /** Where it is noticed. Default among tallies. */
  readonly scene?: SceneName
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
  'regions-of-one-life': {
    without: 'the life of a region in the epochs of its players',
    scene: 'zone',
    make: regionsOfOneLife,
  },
  'plans-without-epoch': {
    without: "the root's epoch in the versions of its plans",
    scene: 'zone',
    make: plansWithoutEpoch,
  },
  'adopted-once': {
    without: 'the second asking for an owner of a player of whom nothing is heard',
    scene: 'zone',
    make: adoptedOnce,
  },
  'changed-said-once': {
    without: 'the repetition of a moderator’s word until a region goes by it',
    scene: 'zone',
    make: saidOnce('changed'),
  },
  'no-epoch-floor': { without: 'the epoch of the record as the floor of the next claim', make: noEpochFloor },
}
