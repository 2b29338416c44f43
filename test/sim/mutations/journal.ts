import type { StoredSnapshot } from '../../../persistence/journal/port.ts'
import type { ActorKey } from '../../../protocol/ids.ts'
import type { ActorJournal, AppendOutcome, JournalEntry } from '../../../persistence/journal/port.ts'
import type { ManualTime } from '../../support/manual-time.ts'
import type { TallyWrite } from '../../support/tally-actor.ts'
import type { Mutation } from '../mutation.ts'
import { changed } from './parts.ts'

type Journal = ActorJournal<TallyWrite>
type Entry = JournalEntry<TallyWrite>

/** Appends join on no epoch: whoever appends is believed. */
export const noEpochJoin = (): Mutation =>
  changed({ journal: (journal) => ({ append: (entries) => appendAnyway(journal, entries) }) })

/** How long the transaction of an append stays open, ms. */
const inFlightMs = 25

/**
 * What FOR KEY SHARE comes to: the epoch is looked at when the append arrives, and a takeover does not wait for the
 * transaction to end.
 */
export const acceptedInFlight = (): Mutation =>
  changed({ journal: (journal, { time }) => ({ append: (entries) => lookThenAppend(journal, entries, time) }) })

/** A takeover does not ask whether the owner lives on its lease in the record. */
export const noNodeLeaseCheck = (): Mutation =>
  changed({ journal: (journal) => ({ fence: (key, epoch, claimant) => journal.fence(key, epoch, claimant, true) }) })

/** An heir that was told of a hand-off takes the actor, however long ago that was. */
export const staleHandOver = (): Mutation =>
  changed({
    journal: (journal) => ({
      fence: async (key, epoch, claimant, handed = false) => {
        const fence = await journal.fence(key, epoch, claimant, handed)
        if (fence.granted || !handed) return fence
        return { granted: true, loaded: await journal.load(key) }
      },
    }),
  })

/** What was answered is forgotten when the actor moves. */
export const dedupForgotten = (): Mutation =>
  changed({
    journal: (journal) => ({
      fence: async (...told) => {
        const fence = await journal.fence(...told)
        if (!fence.granted) return fence
        const { snapshot } = fence.loaded
        return { granted: true, loaded: { ...fence.loaded, snapshot: snapshot && withoutDedup(snapshot) } }
      },
    }),
  })

const withoutDedup = (snapshot: StoredSnapshot): StoredSnapshot => ({
  ...snapshot,
  body: { ...(snapshot.body as object), dedup: [] },
})

async function lookThenAppend(
  journal: Journal,
  entries: readonly Entry[],
  time: ManualTime,
): Promise<readonly AppendOutcome[]> {
  const seen = await Promise.all(entries.map(({ key }) => epochOf(journal, key)))
  await new Promise<void>((resolve) => void time.after(inFlightMs, resolve))
  const outcomes: AppendOutcome[] = []
  for (const [index, entry] of entries.entries()) {
    const currentEpoch = seen[index]!
    if (currentEpoch !== entry.epoch) outcomes.push({ outcome: 'fenced', currentEpoch })
    else outcomes.push(...(await appendAnyway(journal, [entry])))
  }
  return outcomes
}

async function appendAnyway(journal: Journal, entries: readonly Entry[]): Promise<readonly AppendOutcome[]> {
  const outcomes: AppendOutcome[] = []
  for (const entry of entries) {
    outcomes.push(...(await journal.append([{ ...entry, epoch: await epochOf(journal, entry.key) }])))
  }
  return outcomes
}

const epochOf = async (journal: Journal, key: ActorKey): Promise<number> => (await journal.load(key)).epoch
