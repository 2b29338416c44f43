import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Position } from '../../protocol/cluster/results.ts'
import { actorKey, commandId } from '../../protocol/ids.ts'
import { settle } from '../../test/support/manual-time.ts'
import type { BenchOptions } from '../../test/support/bench-world.ts'
import { MemoryClusterBench, sessionNumber } from '../../test/support/memory-cluster-bench.ts'
import { tallyDefinition, type TallyState } from '../../test/support/tally-actor.ts'
import type { EnginePush, IncomingPush } from './port.ts'

const key = actorKey('tally', 'one')
const [alice, bob] = [sessionNumber(1), sessionNumber(2)] as const

/** What one session hears, as a gateway counts it. */
class HeardBy {
  at: Position | null = null
  readonly seqs: number[] = []
  snapshots = 0

  take({ at, body }: IncomingPush): void {
    const push = body as EnginePush
    if (push.type === 'events') this.seqs.push(at.seq)
    if (push.type === 'snapshot') this.snapshots += 1
    if (push.type === 'missed') {
      const seqs = push.entries.map((missed) => missed.at.seq)
      this.seqs.push(...seqs.filter((seq) => seq > (this.at?.seq ?? 0)))
    }
    this.at = at
  }
}

/** Two nodes, and a gateway that carries Alice. */
async function carrying(options: BenchOptions = {}) {
  const bench = await MemoryClusterBench.open({ latencyMs: 1, storeLatencyMs: () => 1, ...options })
  await bench.node('node-1')
  await bench.node('node-2')
  const gateway = await bench.gateway('gateway-1')
  await bench.done(gateway.carry(key, alice))
  const attachedAt = (epoch: number, withinMs = 6_000) =>
    bench.until(
      `Alice is attached at epoch ${epoch}`,
      () => gateway.pushedTo(alice, 'snapshot').at(-1)?.at.epoch === epoch,
      withinMs,
    )
  await attachedAt(1)
  return { bench, gateway, attachedAt }
}

describe('sessions of a router', () => {
  test('are attached to the next owner when theirs dies, without a command of anybody', async () => {
    const { bench, gateway, attachedAt } = await carrying()
    bench.ownerOf(key).crash()
    await attachedAt(2, 1_500)
    assert.equal(bench.ownerOf(key).positionOf(key)?.sessions, 1)
    assert.equal(gateway.told.recovered, 1)
  })

  test('are attached to the next owner when theirs is frozen until its lease is gone', async () => {
    const { bench, attachedAt } = await carrying()
    bench.ownerOf(key).freeze()
    await attachedAt(2)
  })

  test('are attached to the next owner also when the last thing heard of theirs was a time-out', async () => {
    const { bench, gateway, attachedAt } = await carrying()
    bench.ownerOf(key).freeze()
    // From here on the router does not know whom to ask, but its sessions are still with the frozen one.
    const asked = gateway.ask(key, 'c', 1, { type: 'read' }, { deadlineMs: 200 })
    assert.equal((await bench.done(asked, 300)).status, 'unknown')
    await attachedAt(2)
  })

  test('are attached when the directory is the first to tell of the next owner', async () => {
    const { bench, gateway, attachedAt } = await carrying()
    const first = bench.ownerOf(key)
    await bench.done(bench.cluster.release(key, { ...first.facts, epoch: 1 }))
    const second = bench.nodes.find((node) => node !== first)!
    second.dispatch(key, { id: commandId('other', 1), command: { type: 'read' } })
    await bench.until('the other node has it', () => second.positionOf(key) !== null)
    first.freeze()
    const asked = gateway.ask(key, 'c', 1, { type: 'read' }, { deadlineMs: 100 })
    await bench.done(asked, 300)
    await bench.done(gateway.ask(key, 'c', 2, { type: 'read' }))
    await attachedAt(2, 200)
  })

  test('are attached anew when only the link broke, to the same life of the actor', async () => {
    const { bench, gateway } = await carrying()
    const owner = bench.ownerOf(key)
    bench.network.breakLinks(gateway.facts.process, owner.facts.process)
    await bench.until('attached anew', () => gateway.pushedTo(alice, 'snapshot').length === 2, 1_000)
    assert.deepEqual(owner.positionOf(key), { key, epoch: 1, seq: 0, sessions: 1, waiting: 0, homeRegion: null })
  })

  test('that are let go are taken off by the owner that knows them, though Redis names nobody any more', async () => {
    const { bench, gateway } = await carrying()
    const owner = bench.ownerOf(key)
    bench.network.cutWay(gateway.facts.process, owner.facts.process)
    const lost = await bench.done(gateway.ask(key, 'c', 1, { type: 'read' }, { deadlineMs: 50 }))
    assert.equal(lost.status, 'unknown')
    bench.network.heal(gateway.facts.process, owner.facts.process)
    await bench.done(bench.cluster.release(key, { ...owner.facts, epoch: 1 }))
    gateway.drop(key, alice)
    await bench.until('nobody is attached there', () => owner.positionOf(key)?.sessions === 0)
  })

  test('that are let go while their owner is out of reach are taken off as soon as it is not', async () => {
    const { bench, gateway } = await carrying()
    const owner = bench.ownerOf(key)
    for (const { facts } of bench.nodes) bench.network.cut(gateway.facts.process, facts.process)
    await bench.done(gateway.ask(key, 'c', 1, { type: 'read' }, { deadlineMs: 2_000 }))
    await bench.done(bench.cluster.release(key, { ...owner.facts, epoch: 1 }))
    gateway.drop(key, alice)
    await bench.time.advance(1_000)
    assert.equal(owner.positionOf(key)?.sessions, 1)
    for (const { facts } of bench.nodes) bench.network.heal(gateway.facts.process, facts.process)
    await bench.until('nobody is attached there', () => owner.positionOf(key)?.sessions === 0)
  })

  test('are attached anew when the actor is given up in the same breath as it answered', async () => {
    const { bench } = await carrying()
    const { host, lease } = bench.ownerOf(key)
    await bench.done(lease.announce('draining'))
    const other = await bench.gateway('gateway-2')
    // The answer and the word that the actor is gone leave in one gathered write.
    const dispatch = host.dispatch.bind(host)
    host.dispatch = (...told) => {
      dispatch(...told)
      void host.stop()
    }
    await bench.done(other.carry(key, bob))
    await bench.until('Bob has a snapshot of the next life', () =>
      other.pushedTo(bob, 'snapshot').some(({ at }) => at.epoch === 2),
    )
  })

  test('hear of a loss when the next owner refuses them, and are not held any more', async () => {
    const { bench, gateway } = await carrying({
      definition: {
        ...tallyDefinition,
        decide: (state, command, context) =>
          command.type === 'attach' && context.nowMs > Date.UTC(2026, 0, 1) + 1_000
            ? { events: [], changes: [], pushes: [], reply: { reject: 'SESSION_NOT_FOUND' } }
            : tallyDefinition.decide(state, command, context),
      },
    })
    await bench.time.advance(2_000)
    bench.ownerOf(key).crash()
    await bench.until('the loss is told', () => gateway.lost.length === 1, 2_000)
    assert.deepEqual(gateway.lost, [{ session: alice, code: 'SESSION_NOT_FOUND' }])
    await bench.time.advance(1_000)
    assert.equal(gateway.lost.length, 1)
  })

  test('that are let go while their attach is under way are taken off the actor again', async () => {
    const { bench, gateway } = await carrying()
    bench.ownerOf(key).crash()
    await bench.until('the next owner has it', () => bench.nodes.some((node) => node.positionOf(key)?.epoch === 2))
    gateway.router.letGo(key, alice)
    await bench.time.advance(200)
    const owner = bench.ownerOf(key)
    const read = await bench.done(gateway.ask(key, 'c', 1, { type: 'read' }))
    assert.deepEqual((read as { value: TallyState }).value.attached, [])
    assert.equal(owner.positionOf(key)?.sessions, 0)
    assert.deepEqual(gateway.lost, [])
  })

  test('that are let go and held anew while an attach is under way stay attached, and hear nothing of a loss', async () => {
    const { bench, gateway } = await carrying()
    bench.ownerOf(key).crash()
    await bench.until('the next owner has it', () => bench.nodes.some((node) => node.positionOf(key)?.epoch === 2))
    gateway.router.letGo(key, alice)
    gateway.router.hold(key, alice, gateway.heldOf(alice), 0)
    await bench.time.advance(200)
    assert.equal(bench.ownerOf(key).positionOf(key)?.sessions, 1)
    assert.deepEqual(gateway.lost, [])
  })

  test('held with an epoch that is over are attached at once', async () => {
    const { bench, gateway, attachedAt } = await carrying()
    bench.ownerOf(key).crash()
    await attachedAt(2)
    gateway.router.hold(key, bob, gateway.heldOf(bob), 1)
    await bench.until('Bob has a snapshot', () => gateway.pushedTo(bob, 'snapshot').length === 1, 100)
  })

  test('whose carrier throws do not keep the others from being attached', async () => {
    const { bench, gateway, attachedAt } = await carrying()
    const broken = { reattach: () => assert.fail('a defect of the carrier'), onLost: () => assert.fail('another one') }
    gateway.router.hold(key, bob, broken, 0)
    await settle()
    bench.ownerOf(key).crash()
    await attachedAt(2, 1_500)
    gateway.router.hold(key, sessionNumber(3), gateway.heldOf(sessionNumber(3)), 0)
    await bench.until(
      'the next one is attached',
      () => gateway.pushedTo(sessionNumber(3), 'snapshot').length === 1,
      100,
    )
  })

  test('ask for their owner once for all of them while there is none, and follow together when there is', async () => {
    const { bench, gateway } = await carrying()
    const others = Array.from({ length: 99 }, (_, index) => sessionNumber(index + 10))
    for (const session of others) gateway.router.hold(key, session, gateway.heldOf(session), 0)
    await bench.until('all are attached', () => bench.ownerOf(key).positionOf(key)?.sessions === 100)
    await bench.time.advance(100)
    for (const node of bench.nodes) node.crash()
    let resolved = 0
    gateway.beforeResolve = () => void (resolved += 1)
    await bench.time.advance(2_000)
    assert.ok(resolved <= 2_000 / 20, `${resolved} questions to the directory in 2 s`)
    await bench.node('node-3')
    await bench.until(
      'all are attached again',
      () => bench.nodes.some((node) => node.positionOf(key)?.sessions === 100 && !node.process.isDead),
      1_000,
    )
  })

  test('hear what they missed, each event once and in order, however late their turn comes', async () => {
    const { bench, gateway } = await carrying()
    const others = Array.from({ length: 150 }, (_, index) => sessionNumber(index + 10))
    const heard = new Map(others.map((session) => [session, new HeardBy()]))
    gateway.onPush = (push) => {
      for (const session of push.sessions) heard.get(session)?.take(push)
    }
    for (const [session, one] of heard) {
      gateway.router.hold(key, session, { ...gateway.heldOf(session), heardUpTo: () => one.at }, 0)
    }
    await bench.until('all are attached', () => bench.ownerOf(key).positionOf(key)?.sessions === 151)
    const other = await bench.gateway('gateway-2')
    const adding: Promise<unknown>[] = []
    const addForMs = async (ms: number) => {
      for (let left = ms; left > 0; left -= 1) {
        const source = `c${adding.length}`
        adding.push(other.ask(key, source, 1, { type: 'add', by: 1 }, { deadlineMs: 20_000 }))
        await bench.time.advance(1)
      }
    }
    await addForMs(20)
    bench.ownerOf(key).crash()
    await addForMs(400)
    bench.network.breakLinks(gateway.facts.process, bench.ownerOf(key).facts.process)
    await addForMs(100)
    await bench.done(Promise.all(adding), 5_000)
    await bench.time.advance(500)
    const all = bench.entriesOf(key).map(({ seq }) => seq)
    assert.equal(all.length, adding.length)
    for (const one of heard.values()) assert.deepEqual([one.seqs, one.snapshots], [all, 1])
  })

  test('of other processes are no business of this one', async () => {
    const { bench, gateway } = await carrying()
    const other = await bench.gateway('gateway-2')
    await bench.done(other.carry(key, bob))
    await bench.done(other.ask(key, 'c', 1, { type: 'add', by: 1 }))
    await bench.time.advance(10)
    assert.deepEqual([...new Set(gateway.pushes.flatMap(({ sessions }) => sessions))], [alice])
    assert.deepEqual([...new Set(other.pushes.flatMap(({ sessions }) => sessions))], [bob])
  })
})
