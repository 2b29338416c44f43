import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryActorJournal, MemoryNodeLeases } from '../../persistence/index.ts'
import { actorKey } from '../../protocol/ids.ts'
import { NotingLogger } from '../../test/support/noting-logger.ts'
import { ManualTime } from '../../test/support/manual-time.ts'
import { memberFacts } from '../../test/support/specimens.ts'
import { tallyDefinition, type TallyWrite } from '../../test/support/tally-actor.ts'
import { MemoryCluster } from '../membership/memory-cluster.ts'
import { activate } from './activation.ts'

const key = actorKey('tally', 'one')
const lease = { holds: () => true, leftMs: () => 1 }

/** A node that owns an actor and cannot be seen in Redis any more, and another one. */
async function cutOff() {
  const time = new ManualTime()
  const directory = new MemoryCluster(time)
  const leases = new MemoryNodeLeases(time)
  const journal = new MemoryActorJournal<TallyWrite>(
    () => undefined,
    (incarnation) => leases.isHeld(incarnation),
  )
  const [owner, other] = [memberFacts('node-1'), memberFacts('node-2')]
  const up = { state: 'up', load: 0 } as const
  await directory.hold(owner, up, { leaseMs: 1_000, takeOver: false })
  await directory.hold(other, up, { leaseMs: 60_000, takeOver: false })
  const logger = new NotingLogger()
  const become = (self: typeof owner) => activate(key, tallyDefinition, { self, directory, journal, lease, logger })
  assert.equal((await become(owner)).outcome, 'active')
  await leases.hold(owner, 60_000)
  await time.advance(2_000)
  return { directory, leases, owner, other, become, up, logger }
}

test('an owner that lives on a lease in the record keeps its actor, and has it when Redis sees it again', async () => {
  const { directory, owner, other, become, up, logger } = await cutOff()
  const ref = { process: owner.process, incarnation: owner.incarnation, epoch: 1 }
  assert.deepEqual(await become(other), { outcome: 'owned_elsewhere', owner: ref })
  assert.deepEqual(await directory.resolveMany([key]), [null])
  await directory.hold(owner, up, { leaseMs: 1_000, takeOver: false })
  assert.deepEqual(await directory.resolveMany([key]), [ref])
  assert.deepEqual(
    logger.of('ownership.changed').map(({ change, cause, epoch, from, to }) => [change, cause, epoch, from, to]),
    [
      ['claimed', 'free', 1, null, 'node-1'],
      ['claimed', 'lease_over', 2, 'node-1', 'node-2'],
      ['yielded', 'lease_in_record', 1, 'node-2', 'node-1'],
    ],
  )
})

test('once that lease is given back, the actor goes to who claims it', async () => {
  const { leases, owner, other, become } = await cutOff()
  await become(other)
  await leases.release(owner)
  const taken = await become(other)
  assert.deepEqual([taken.outcome, 'epoch' in taken && taken.epoch], ['active', 2])
})
