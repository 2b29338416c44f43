import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import type { LeaseStore } from '../../cluster/membership/lease-store.ts'
import { MemoryCluster } from '../../cluster/membership/memory-cluster.ts'
import type { Directory, MembershipView, OwnerRef } from '../../cluster/membership/port.ts'
import { actorKey, type Incarnation, type ProcessId } from '../../protocol/ids.ts'
import { ManualTime } from '../support/manual-time.ts'
import { redisBench } from '../support/redis-bench.ts'
import { services } from '../support/services.ts'
import { memberFacts } from '../support/specimens.ts'

/** Two lives of each of three processes, so that lives get in each other's way. */
const lives = ['node-1', 'node-2', 'node-3'].flatMap((process) =>
  [1, 2].map((life) => ({
    process: process as ProcessId,
    incarnation: `00000000-0000-4000-8000-0000000${process.slice(-1)}000${life}` as Incarnation,
  })),
)
type Life = (typeof lives)[number]
const keys = ['one', 'two'].map((name) => actorKey('room', name))

/** What Redis and the model are both asked. */
interface Store {
  readonly leases: Pick<LeaseStore, 'hold' | 'leave'>
  readonly directory: Directory
  readonly revoke: (life: Life) => Promise<boolean>
  readonly view: () => Promise<MembershipView>
  /** Lets so many ms pass. */
  readonly pass: (ms: number) => Promise<void>
}

/** One question. Its answer has to be the same on both. */
interface Step {
  readonly name: string
  readonly ask: (store: Store) => Promise<unknown>
}

const life = fc.constantFrom(...lives)
const key = fc.constantFrom(...keys)
const epoch = fc.nat(6)
const owner = fc.tuple(life, epoch).map(([who, at]): OwnerRef => ({ ...who, epoch: at }))
const named = ({ process, incarnation }: Life): string => `${process}.${incarnation.slice(-1)}`
const refused = (asking: Promise<unknown>): Promise<unknown> => asking.catch(() => 'refused')
const factsOf = ({ process, incarnation }: Life) => memberFacts(process, { incarnation })

const step: fc.Arbitrary<Step> = fc.oneof(
  fc
    .tuple(life, fc.constantFrom('joining' as const, 'up' as const, 'draining' as const), fc.boolean())
    .map(([who, state, takeOver]) => ({
      name: `${named(who)} holds, ${state}${takeOver ? ', taking over' : ''}`,
      ask: ({ leases }: Store) => leases.hold(factsOf(who), { state, load: 1 }, { leaseMs: 60_000, takeOver }),
    })),
  life.map((who) => ({
    name: `the lease of ${named(who)} runs out`,
    ask: async ({ leases, pass }: Store) => {
      const answer = await leases.hold(factsOf(who), { state: 'up', load: 0 }, { leaseMs: 1, takeOver: false })
      await pass(8)
      return answer
    },
  })),
  life.map((who) => ({
    name: `${named(who)} leaves`,
    ask: ({ leases }: Store) => leases.leave(who.process, who.incarnation),
  })),
  life.map((who) => ({ name: `${named(who)} is revoked`, ask: ({ revoke }: Store) => revoke(who) })),
  fc.tuple(key, life, epoch).map(([of, who, floor]) => ({
    name: `${named(who)} claims ${of} above ${floor}`,
    ask: ({ directory }: Store) => refused(directory.claim(of, who, floor)),
  })),
  fc.tuple(key, owner, life).map(([of, from, to]) => ({
    name: `${named(from)}@${from.epoch} hands ${of} to ${named(to)}`,
    ask: ({ directory }: Store) => directory.transfer(of, from, to),
  })),
  fc.tuple(key, owner).map(([of, from]) => ({
    name: `${named(from)}@${from.epoch} releases ${of}`,
    ask: ({ directory }: Store) => directory.release(of, from),
  })),
  fc.tuple(key, owner, owner).map(([of, claim, to]) => ({
    name: `${named(claim)}@${claim.epoch} yields ${of} to ${named(to)}@${to.epoch}`,
    ask: ({ directory }: Store) => directory.yieldTo(of, claim, to),
  })),
  fc.tuple(life, epoch, epoch).map(([who, one, two]) => ({
    name: `${named(who)} restores both at ${one} and ${two}`,
    ask: ({ directory }: Store) =>
      directory.restore(who, [
        { key: keys[0]!, epoch: one },
        { key: keys[1]!, epoch: two },
      ]),
  })),
)

/** What is to be seen of a store: members and owners. */
async function seen({ view, directory }: Store): Promise<unknown> {
  const { members, ringVersion } = await view()
  return {
    ringVersion,
    members: members.map(({ process, incarnation, state }) => ({ process, incarnation, state })).sort(byProcess),
    owners: await directory.resolveMany(keys),
  }
}

const byProcess = (one: { process: string }, other: { process: string }) => (one.process < other.process ? -1 : 1)

function modelStore(): Store {
  const time = new ManualTime()
  const model = new MemoryCluster(time)
  return {
    leases: model,
    directory: model,
    revoke: (who) => model.revoke(who.process, who.incarnation),
    view: () => Promise.resolve(model.view()),
    pass: (ms) => time.advance(ms),
  }
}

test('every script answers as its model does, whatever came before', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
      const bench = await redisBench(services.redisUrl())
      const real: Store = {
        leases: bench.leases,
        directory: bench.directory,
        revoke: (who) => bench.membership.revoke(who.process, who.incarnation),
        view: () => bench.membership.refresh(),
        pass: (ms) => sleep(ms + 4),
      }
      const model = modelStore()
      try {
        for (const [index, { name, ask }] of steps.entries()) {
          const story = () =>
            steps
              .slice(0, index + 1)
              .map((each) => each.name)
              .join('\n')
          assert.deepEqual(await ask(real), await ask(model), `${name} was answered otherwise\n${story()}`)
          assert.deepEqual(await seen(real), await seen(model), `it looks different after ${name}\n${story()}`)
        }
      } finally {
        await bench.close()
      }
    }),
    { numRuns: 150, interruptAfterTimeLimit: 30_000, markInterruptAsFailure: false },
  )
})
