import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { actorKey, type ActorKey, type SessionId } from '../../protocol/ids.ts'
import type { IncomingPush } from '../../cluster/routing/port.ts'
import { MemoryClusterBench } from '../support/memory-cluster-bench.ts'
import { RandomClients } from '../support/random-clients.ts'
import { RandomFaults } from '../support/random-faults.ts'
import { SeededRandom } from '../support/seeded-random.ts'
import type { TallyEvent, TallyState } from '../support/tally-actor.ts'

const keys = ['one', 'two', 'three'].map((name) => actorKey('tally', name))
const faultyMs = 12_000
const seeds = [1, 2, 3, 4, 5, 6]

interface Run {
  readonly bench: MemoryClusterBench
  readonly clients: RandomClients
  readonly log: readonly string[]
}

/** A cluster that was struck for a while and then had five seconds of peace. */
async function struck(seed: number): Promise<Run> {
  const random = new SeededRandom(seed)
  const bench = await MemoryClusterBench.open({
    random,
    latencyMs: 1,
    storeLatencyMs: () => random.between(1, 12),
    snapshotEvery: 16,
    idleMs: 1_000,
  })
  for (const name of ['node-1', 'node-2', 'node-3']) await bench.node(name)
  for (const name of ['gateway-1', 'gateway-2']) await bench.gateway(name)
  const faults = new RandomFaults(bench, random)
  const clients = new RandomClients(bench, random, keys)
  clients.begin()
  faults.begin()
  await bench.time.advance(faultyMs)
  faults.end()
  clients.end()
  await bench.time.advance(5_000)
  return { bench, clients, log: faults.log }
}

/** I6: in peace everybody has an answer, and every actor gives one. */
async function everybodyIsAnswered({ bench, clients }: Run): Promise<void> {
  assert.ok(clients.isQuiet, 'a command has no answer 5 s after the last fault')
  for (const gateway of bench.gateways) {
    for (const key of keys) {
      const result = await bench.done(gateway.ask(key, `last:${gateway.facts.process}`, 1, { type: 'read' }))
      assert.equal(result.status, 'ok', `${key} does not answer ${gateway.facts.process}`)
    }
  }
}

/** I1: what was answered with `ok` stands in the journal, once, with that answer. */
function whatWasAckedStands({ bench, clients }: Run): void {
  for (const key of keys) {
    const entries = bench.entriesOf(key)
    assert.equal(
      new Set(entries.map(({ commandId }) => commandId)).size,
      entries.length,
      `${key} carried one out twice`,
    )
    for (const [index, entry] of entries.entries()) assert.deepEqual([entry.seq, entry.reply], [index + 1, index + 1])
  }
  for (const { key, id, result } of clients.acked) {
    const entry = bench.entriesOf(key).find(({ commandId }) => commandId === id)
    assert.ok(entry, `${id} was acknowledged and is not in the journal of ${key}`)
    assert.deepEqual([result.at.seq, result.value], [entry.seq, entry.reply])
  }
}

/** I2, I3: each epoch was given out once, each above the one before, and entries stand under no lower one. */
function epochsOnlyRise({ bench }: Run): void {
  for (const key of keys) {
    const granted = bench.granted.filter((grant) => grant.key === key).map(({ epoch }) => epoch)
    for (const [index, epoch] of granted.entries()) assert.ok(index === 0 || epoch > (granted[index - 1] ?? 0))
    const epochs = bench.entriesOf(key).map(({ epoch }) => epoch)
    for (const [index, epoch] of epochs.entries()) assert.ok(epoch >= (epochs[index - 1] ?? 0))
  }
  assert.deepEqual(bench.trespasses, [])
}

/** I5: the commands of one source stand in the order they were given. */
function sourcesKeepTheirOrder({ bench }: Run): void {
  for (const key of keys) {
    const last = new Map<string, number>()
    for (const { commandId } of bench.entriesOf(key)) {
      const [source = '', number] = commandId.split('/')
      assert.ok(Number(number) > (last.get(source) ?? 0), `${commandId} came late in ${key}`)
      last.set(source, Number(number))
    }
  }
}

/** I4: no session is shown an older position after a newer one. */
function nobodySeesThePast({ bench }: Run): void {
  for (const { pushes } of bench.gateways) {
    const seen = new Map<string, IncomingPush['at']>()
    for (const { key, sessions, at } of pushes) {
      for (const session of sessions) {
        const before = seen.get(`${key} ${session}`) ?? { epoch: 0, seq: 0 }
        const isNewer = at.epoch > before.epoch || (at.epoch === before.epoch && at.seq >= before.seq)
        assert.ok(isNewer, `${session} saw ${at.epoch}/${at.seq} of ${key} after ${before.epoch}/${before.seq}`)
        seen.set(`${key} ${session}`, at)
      }
    }
  }
}

/** Who is carried is attached and has the whole picture, and nobody else is attached. */
async function sessionsKnowTheirActor({ bench, clients }: Run): Promise<void> {
  for (const key of keys) {
    const read = await bench.done(bench.gateways[0]!.ask(key, 'look', 1, { type: 'read' }))
    const state = (read as { value: TallyState }).value
    const carried = [...clients.carried.values()].filter((place) => place.key === key)
    assert.deepEqual([...new Set(state.attached)].sort(), carried.map(({ session }) => session).sort())
    for (const { gateway, session } of carried) {
      assert.equal(totalShown(gateway.pushes, key, session), state.total, `${session} has a wrong picture of ${key}`)
    }
  }
}

/** The total as a client has it that took every push in. */
function totalShown(pushes: readonly IncomingPush[], key: ActorKey, session: SessionId): number | null {
  let total: number | null = null
  for (const { body } of pushes.filter((push) => push.key === key && push.sessions.includes(session))) {
    const told = body as { snapshot?: { total: number }; events?: TallyEvent[] }
    if (told.snapshot) total = told.snapshot.total
    for (const event of told.events ?? []) if (event.type === 'added' && total !== null) total += event.by
  }
  return total
}

describe('a cluster under random faults', () => {
  for (const seed of seeds) {
    test(`keeps its promises, seed ${seed}`, async () => {
      const run = await struck(seed)
      try {
        await everybodyIsAnswered(run)
        whatWasAckedStands(run)
        epochsOnlyRise(run)
        sourcesKeepTheirOrder(run)
        nobodySeesThePast(run)
        await sessionsKnowTheirActor(run)
      } catch (error) {
        throw new Error(`seed ${seed}: ${String(error)}\n${run.log.join('\n')}`, { cause: error })
      }
      assert.ok(run.clients.acked.length > 100, 'hardly anything was done')
    })
  }
})
