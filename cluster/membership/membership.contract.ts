import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { ActorKey, Incarnation } from '../../protocol/ids.ts'
import type { LeaseStore } from './lease-store.ts'
import { memberFacts as facts } from '../../test/support/specimens.ts'
import type { Directory, Life, Membership } from './port.ts'

/** One store of leases and owners under test. */
export interface MembershipBench {
  readonly leases: LeaseStore
  readonly directory: Directory
  readonly membership: Membership
  /** Lets so many ms pass. */
  pass(ms: number): Promise<void>
  close(): Promise<void>
}

const up = { state: 'up', load: 0 } as const
const long = { leaseMs: 60_000, takeOver: false }
const short = { leaseMs: 60, takeOver: false }
const room = 'room:11111111-1111-4111-8111-111111111111' as ActorKey
const lifeOf = ({ process, incarnation }: Life): Life => ({ process, incarnation })
const hall = 'room:22222222-2222-4222-8222-222222222222' as ActorKey

/** What every store of leases and owners promises. */
export function membershipContract(name: string, open: () => Promise<MembershipBench>): void {
  describe(name, () => {
    let bench: MembershipBench
    beforeEach(async () => {
      bench = await open()
    })
    afterEach(() => bench.close())

    const owners = (...keys: ActorKey[]) => bench.directory.resolveMany(keys)

    test('a process with a lease is seen, with what it told of itself', async () => {
      const node = facts('node-1')
      assert.equal(await bench.leases.hold(node, { state: 'up', load: 7 }, long), 'held')
      const view = await bench.membership.refresh()
      const [member] = view.members
      assert.ok(member && member.leaseLeftMs > 50_000 && member.leaseLeftMs <= 60_000)
      assert.deepEqual({ ...member, leaseLeftMs: 0 }, { ...node, state: 'up', load: 7, leaseLeftMs: 0 })
      assert.ok(view.isLive(node.process, node.incarnation))
      assert.deepEqual(bench.membership.view(), view)
    })

    test('a process that joins is not yet a node that may own', async () => {
      const node = facts('node-1')
      await bench.leases.hold(node, { state: 'joining', load: 0 }, long)
      await bench.leases.hold(facts('gateway-1', { role: 'gateway' }), up, long)
      assert.deepEqual((await bench.membership.refresh()).nodes(), [])
      await bench.leases.hold(node, up, long)
      assert.deepEqual(
        (await bench.membership.refresh()).nodes().map(({ process }) => process),
        ['node-1'],
      )
    })

    test('the ring version rises with a join, a change of state and a leave, not with a renewal', async () => {
      const node = facts('node-1')
      const versions: number[] = []
      const note = async () => void versions.push((await bench.membership.refresh()).ringVersion)
      await bench.leases.hold(node, up, long)
      await note()
      await bench.leases.hold(node, { state: 'up', load: 9 }, long)
      await note()
      await bench.leases.hold(node, { state: 'draining', load: 9 }, long)
      await note()
      await bench.leases.leave(node.process, node.incarnation)
      await note()
      const [joined = 0, renewed, drained = 0, left = 0] = versions
      assert.equal(renewed, joined)
      assert.ok(joined < drained && drained < left)
    })

    test('those who listen are told of a change once', async () => {
      const heard: number[] = []
      await bench.membership.refresh()
      const stop = bench.membership.onChange((view) => heard.push(view.members.length))
      await bench.leases.hold(facts('node-1'), up, long)
      await bench.membership.refresh()
      await bench.membership.refresh()
      stop()
      await bench.leases.hold(facts('node-2'), up, long)
      await bench.membership.refresh()
      assert.deepEqual(heard, [1])
    })

    test('a lease that is not renewed runs out, and its actors are free', async () => {
      const [gone, next] = [facts('node-1'), facts('node-2')]
      await bench.leases.hold(gone, up, short)
      await bench.leases.hold(next, up, long)
      assert.deepEqual(await bench.directory.claim(room, gone, 0), { granted: true, epoch: 1, from: null })
      await bench.pass(120)
      assert.deepEqual(await owners(room), [null])
      assert.equal((await bench.membership.refresh()).get(gone.process), null)
      assert.deepEqual(await bench.directory.claim(room, next, 0), { granted: true, epoch: 2, from: lifeOf(gone) })
      assert.deepEqual(await bench.directory.claim(room, next, 0), { granted: true, epoch: 3, from: lifeOf(next) })
      await assert.rejects(bench.directory.claim(hall, gone, 0), /no lease/)
    })

    test('a second life of a process takes the lease over, and the first cannot have it back', async () => {
      const [first, second] = [facts('node-1'), facts('node-1')]
      await bench.leases.hold(first, up, long)
      await bench.directory.claim(room, first, 0)
      assert.equal(await bench.leases.hold(second, up, long), 'superseded')
      assert.equal(await bench.leases.hold(second, up, { ...long, takeOver: true }), 'held')
      assert.equal(await bench.leases.hold(first, up, long), 'revoked')
      assert.equal(await bench.leases.hold(first, up, { ...long, takeOver: true }), 'revoked')
      assert.deepEqual(await owners(room), [null])
      assert.equal(await bench.leases.leave(first.process, first.incarnation), false)
      assert.ok((await bench.membership.refresh()).isLive(second.process, second.incarnation))
    })

    test('a revoked life is gone at once and for good; another life is not touched', async () => {
      const node = facts('node-1')
      await bench.leases.hold(node, up, long)
      assert.equal(await bench.membership.revoke(node.process, randomUUID() as Incarnation), false)
      assert.ok((await bench.membership.refresh()).isLive(node.process, node.incarnation))
      assert.equal(await bench.membership.revoke(node.process, node.incarnation), true)
      assert.equal((await bench.membership.refresh()).get(node.process), null)
      assert.equal(await bench.leases.hold(node, up, long), 'revoked')
      assert.equal(await bench.membership.revoke(node.process, node.incarnation), false)
    })

    test('of many claims of one actor exactly one is granted, and the others learn who has it', async () => {
      const nodes = ['node-1', 'node-2', 'node-3', 'node-4'].map((name) => facts(name))
      for (const node of nodes) await bench.leases.hold(node, up, long)
      const claims = await Promise.all(nodes.map((node) => bench.directory.claim(room, node, 0)))
      const winner = nodes[claims.findIndex(({ granted }) => granted)]
      assert.ok(winner)
      const owner = { process: winner.process, incarnation: winner.incarnation, epoch: 1 }
      assert.deepEqual(
        claims.filter(({ granted }) => !granted),
        [1, 2, 3].map(() => ({ granted: false, owner })),
      )
      assert.deepEqual(await owners(hall, room), [null, owner])
    })

    test('the epoch rises with every grant, to the owner itself too, and over the floor', async () => {
      const node = facts('node-1')
      await bench.leases.hold(node, up, long)
      const epochs: number[] = []
      for (const floor of [0, 0, 40, 3]) {
        const claim = await bench.directory.claim(room, node, floor)
        assert.ok(claim.granted)
        epochs.push(claim.epoch)
      }
      assert.deepEqual(epochs, [1, 2, 41, 42])
    })

    test('only the owner at its epoch can release, and the epoch stays as a floor', async () => {
      const node = facts('node-1')
      await bench.leases.hold(node, up, long)
      await bench.directory.claim(room, node, 6)
      const owner = { process: node.process, incarnation: node.incarnation, epoch: 7 }
      assert.equal(await bench.directory.release(room, { ...owner, epoch: 6 }), false)
      assert.equal(await bench.directory.release(room, { ...owner, incarnation: randomUUID() as Incarnation }), false)
      assert.deepEqual(await owners(room), [owner])
      assert.equal(await bench.directory.release(room, owner), true)
      assert.equal(await bench.directory.release(room, owner), false)
      assert.deepEqual(await owners(room), [null])
      assert.deepEqual(await bench.directory.claim(room, node, 0), { granted: true, epoch: 8, from: null })
    })

    test('an owner hands its actor to another process under the next epoch, and only the owner can', async () => {
      const [from, to, gone] = [facts('node-1'), facts('node-2'), facts('node-3')]
      for (const node of [from, to]) await bench.leases.hold(node, up, long)
      await bench.directory.claim(room, from, 4)
      const owner = { process: from.process, incarnation: from.incarnation, epoch: 5 }
      assert.equal(await bench.directory.transfer(room, { ...owner, epoch: 4 }, to), null)
      assert.equal(await bench.directory.transfer(room, { ...owner, process: to.process }, to), null)
      assert.equal(await bench.directory.transfer(room, owner, gone), null, 'the heir holds no lease')
      assert.equal(await bench.directory.transfer(hall, owner, to), null)
      assert.deepEqual(await owners(room), [owner])
      assert.equal(await bench.directory.transfer(room, owner, to), 6)
      assert.equal(await bench.directory.transfer(room, owner, to), null, 'twice')
      const heir = { process: to.process, incarnation: to.incarnation, epoch: 6 }
      assert.deepEqual(await owners(room), [heir])
      assert.deepEqual(await bench.directory.claim(room, from, 0), { granted: false, owner: heir })
    })

    test('a claim is given back to the owner whose lease could not be seen, at its own epoch', async () => {
      const [owner, claimant] = [facts('node-1'), facts('node-2')]
      await bench.leases.hold(claimant, up, long)
      const claim = await bench.directory.claim(room, claimant, 5)
      assert.ok(claim.granted)
      const claimed = { process: claimant.process, incarnation: claimant.incarnation, epoch: claim.epoch }
      const known = { process: owner.process, incarnation: owner.incarnation, epoch: 5 }
      assert.equal(await bench.directory.yieldTo(room, { ...claimed, epoch: 5 }, known), false)
      assert.equal(await bench.directory.yieldTo(room, claimed, known), true)
      assert.deepEqual(await owners(room), [null], 'its lease is not here')
      await bench.leases.hold(owner, up, long)
      assert.deepEqual(await owners(room), [known])
    })

    test('what the store lost is written down again over what is older, and nothing is taken from a later owner', async () => {
      const [node, other] = [facts('node-1'), facts('node-2')]
      for (const one of [node, other]) await bench.leases.hold(one, up, long)
      await bench.directory.claim(hall, other, 9)
      const owned = [
        { key: room, epoch: 7 },
        { key: hall, epoch: 9 },
      ]
      const first = await bench.directory.restore(node, owned)
      assert.deepEqual(first, { ours: 1, restored: [room], lost: [hall] }, 'another has the later epoch')
      const { process, incarnation } = node
      assert.deepEqual(
        (await owners(room, hall)).map((owner) => owner && [owner.process, owner.epoch]),
        [
          ['node-1', 7],
          ['node-2', 10],
        ],
      )
      assert.deepEqual(await bench.directory.restore(node, owned), { ours: 1, restored: [], lost: [hall] }, 'again')
      const over = await bench.directory.restore(other, [{ key: room, epoch: 8 }])
      assert.deepEqual(over, { ours: 1, restored: [room], lost: [] }, 'a row that is older')
      assert.equal((await bench.directory.restore(node, [{ key: room, epoch: 9 }])).ours, 1)
      assert.equal(await bench.directory.release(room, { process, incarnation, epoch: 9 }), true)
      assert.equal((await bench.directory.restore(node, [{ key: room, epoch: 9 }])).ours, 1, 'its own')
      await bench.directory.release(room, { process, incarnation, epoch: 9 })
      const late = await bench.directory.restore(node, [{ key: room, epoch: 6 }])
      assert.deepEqual(late, { ours: 0, restored: [], lost: [room] }, 'an epoch that is over')
      assert.deepEqual(await bench.directory.restore(node, []), { ours: 0, restored: [], lost: [] })
    })

    test('more keys than one question may hold are refused', async () => {
      await assert.rejects(owners(...Array.from({ length: 513 }, () => room)), RangeError)
      assert.deepEqual(await owners(), [])
    })
  })
}
