import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { actorKey, commandId } from '../../protocol/ids.ts'
import type { BenchOptions } from '../../test/support/bench-world.ts'
import { MemoryClusterBench, sessionNumber } from '../../test/support/memory-cluster-bench.ts'
import { tallyDefinition, type TallyCommand, type TallyState } from '../../test/support/tally-actor.ts'

const key = actorKey('tally', 'one')
const other = actorKey('tally', 'two')
const third = actorKey('tally', 'three')
const alice = sessionNumber(1)

const add = (number: number, source = 'c') => ({
  id: commandId(source, number),
  command: { type: 'add', by: 1 },
})

async function oneNode(options: BenchOptions = {}) {
  const bench = await MemoryClusterBench.open({ storeLatencyMs: () => 1, ...options })
  return { bench, node: await bench.node('node-1') }
}

describe('a host', () => {
  test('loads so many actors at once, and the others after them', async () => {
    const { bench, node } = await oneNode({ activationsMax: 2 })
    let fencing = 0
    let most = 0
    const fence = node.journal.fence.bind(node.journal)
    node.journal.fence = async (...told) => {
      most = Math.max(most, (fencing += 1))
      await new Promise<void>((resolve) => void bench.time.after(20, resolve))
      fencing -= 1
      return fence(...told)
    }
    const heard = [key, other, third].map((each) => node.dispatch(each, add(1)))
    await bench.until('all are answered', () => heard.every((answers) => answers.length === 1))
    assert.equal(most, 2)
  })

  test('lets so many commands wait for an activation, and refuses further ones at once', async () => {
    const { bench, node } = await oneNode({ mailboxMax: 3 })
    const heard = [1, 2, 3, 4].map((number) => node.dispatch(key, add(number)))
    assert.deepEqual(heard, [[], [], [], [{ status: 'retry_after', code: 'MAILBOX_FULL', afterMs: 100 }]])
    assert.equal(node.overflows.length, 1)
    await bench.until('the others are answered', () => heard.every((answers) => answers.length === 1))
    assert.equal(bench.entriesOf(key).length, 3)
  })

  test('loads the actors first that most commands wait for', async () => {
    const { bench, node } = await oneNode({ activationsMax: 1 })
    const first = node.dispatch(key, add(1))
    const calm = node.dispatch(other, add(1))
    const busy = [1, 2, 3].map((number) => node.dispatch(third, add(number)))
    const order: string[] = []
    await bench.until('all are answered', () => {
      for (const [name, { length }] of Object.entries({ first, calm, busy: busy[2]! })) {
        if (length > 0 && !order.includes(name)) order.push(name)
      }
      return order.length === 3
    })
    assert.deepEqual(order, ['first', 'busy', 'calm'])
  })

  test('has so many actors wait for their activation, and tells those who want another one to come again', async () => {
    const { bench, node } = await oneNode({ activationsMax: 1, activationsWaitingMax: 1 })
    const heard = [key, other, third].map((each) => node.dispatch(each, add(1)))
    assert.deepEqual(heard, [[], [], [{ status: 'retry_after', code: 'OVERLOADED', afterMs: 500 }]])
    await bench.until('the others are answered', () => heard.every((answers) => answers.length === 1))
    const again = node.dispatch(third, add(1))
    await bench.until('it is answered', () => again.length === 1)
    assert.equal(bench.entriesOf(third).length, 1)
  })

  test('carries out a burst in the order it came, in several turns of the loop', async () => {
    const { bench, node } = await oneNode()
    const heard = Array.from({ length: 200 }, (_, index) => node.dispatch(key, add(index + 1)))
    await bench.until('all are answered', () => heard.every((answers) => answers.length === 1))
    assert.deepEqual(
      heard.map(([answer]) => (answer as { value: number }).value),
      Array.from({ length: 200 }, (_, index) => index + 1),
    )
  })

  test('answers what waits in the mailbox of an actor that is dropped, once that is loaded again', async () => {
    const { bench, node } = await oneNode()
    node.dispatch(key, add(1))
    await bench.until('it is owned', () => bench.entriesOf(key).length === 1)
    await bench.journal.fence(key, 7, node.facts)
    const heard = Array.from({ length: 130 }, (_, index) => node.dispatch(key, add(index + 2)))
    await bench.until('all are answered', () => heard.every((answers) => answers.length === 1))
    const counts = new Map<string, number>()
    for (const [answer] of heard) {
      const { status } = answer as { status: string }
      counts.set(status, (counts.get(status) ?? 0) + 1)
    }
    assert.equal((counts.get('ok') ?? 0) + (counts.get('retry_after') ?? 0), 130)
    assert.equal(bench.entriesOf(key).length, 1 + (counts.get('ok') ?? 0))
  })

  test('admits no new sessions while the node has no time for them, and serves those it has', async () => {
    const load = { takesJoins: true }
    const { bench, node } = await oneNode({
      definition: { ...tallyDefinition, classOf: (raw) => ((raw as TallyCommand).type === 'attach' ? 'join' : 'A') },
      takesJoins: () => load.takesJoins,
    })
    const join = (number: number) =>
      node.dispatch(key, { id: commandId('j', number), command: { type: 'attach', session: alice } })
    const first = join(1)
    await bench.until('it is in', () => first.length === 1)
    load.takesJoins = false
    assert.deepEqual(join(2), [{ status: 'retry_after', code: 'OVERLOADED', afterMs: 500 }])
    const served = node.dispatch(key, add(1))
    await bench.until('the other is served', () => served.length === 1)
    load.takesJoins = true
    assert.equal((join(2)[0] as { status: string }).status, 'accepted')
  })

  test('does not carry out a command that waited past its deadline', async () => {
    const { bench, node } = await oneNode({ storeLatencyMs: () => 20 })
    const late = node.dispatch(key, { ...add(1), deadlineMs: bench.time.monotonicMs() + 30 })
    const inTime = node.dispatch(key, add(2))
    await bench.until('the one in time is answered', () => inTime.length === 1)
    assert.deepEqual(late, [])
    assert.deepEqual(
      bench.entriesOf(key).map((entry) => entry.commandId),
      ['c/2'],
    )
  })

  test('answers everyone who waits for an activation that failed', async () => {
    const { bench, node } = await oneNode()
    node.journal.fence = () => Promise.reject(new Error('Postgres is away'))
    const heard = [1, 2].map((number) => node.dispatch(key, add(number)))
    await bench.until('both are answered', () => heard.every((answers) => answers.length === 1))
    assert.deepEqual(heard[0], [{ status: 'retry_after', code: 'RETRY_LATER', afterMs: 50 }])
    assert.deepEqual(await bench.cluster.resolveMany([key]), [null])
  })

  test('tells one who comes for an actor of another node who owns it', async () => {
    const { bench, node } = await oneNode()
    const second = await bench.node('node-2')
    const first = node.dispatch(key, add(1))
    await bench.until('it is owned', () => first.length === 1)
    const { process, incarnation } = node.facts
    const heard = second.dispatch(key, add(2))
    await bench.until('the other is answered', () => heard.length === 1)
    assert.deepEqual(heard, [{ notOwner: { process, incarnation, epoch: 1 } }])
  })

  test('lets an unused actor go with a snapshot, and has it again where it was', async () => {
    const { bench, node } = await oneNode({ idleMs: 1_000 })
    node.dispatch(key, add(1))
    await bench.until('it has left memory', () => node.drops.length === 1 && node.host.owned === 0)
    assert.deepEqual(node.drops, ['rest'])
    await bench.time.advance(10)
    assert.deepEqual(await bench.cluster.resolveMany([key]), [null])
    assert.equal((await bench.loaded(key)).snapshot?.seq, 1)
    const heard = node.dispatch(key, add(2))
    await bench.until('it answers again', () => heard.length === 1)
    assert.deepEqual(heard, [{ status: 'ok', at: { epoch: 2, seq: 2 }, value: 2 }])
  })

  test('lets actors go before their time when memory is short, but none that is in use', async () => {
    const { bench, node } = await oneNode()
    const gateway = await bench.gateway('gateway-1')
    await bench.done(gateway.carry(other, alice))
    const heard = node.dispatch(key, add(1))
    await bench.until('both are there', () => heard.length === 1 && node.host.owned === 2)
    await bench.time.advance(3_000)
    await bench.done(node.host.restIdle(3_100))
    assert.equal(node.host.owned, 2)
    await bench.done(node.host.restIdle(3_000))
    assert.deepEqual(
      [...node.host.actors()].map((actor) => actor.key),
      [other],
    )
    assert.equal((await bench.loaded(key)).snapshot?.seq, 1)
  })

  test('says nothing and writes nothing once its lease is over', async () => {
    const { bench, node } = await oneNode()
    node.dispatch(key, add(1))
    await bench.until('it is owned', () => bench.entriesOf(key).length === 1)
    const before = node.dispatch(key, add(2))
    bench.time.jump(2_600)
    const after = node.dispatch(key, add(3))
    await bench.time.advance(100)
    assert.deepEqual([before, after], [[], []])
    assert.equal(bench.entriesOf(key).length, 1)
  })

  test('has an append that comes after the next owner refused, and answers with a request to try again', async () => {
    const { bench, node } = await oneNode()
    node.dispatch(key, add(1))
    await bench.until('it is owned', () => bench.entriesOf(key).length === 1)
    await bench.journal.fence(key, 7, node.facts)
    const heard = node.dispatch(key, add(2))
    await bench.until('it is answered', () => heard.length === 1)
    assert.deepEqual(heard, [{ status: 'retry_after', code: 'RETRY_LATER', afterMs: 50 }])
    assert.deepEqual(node.drops, ['fenced'])
    const again = node.dispatch(key, add(2))
    await bench.until('it is answered again', () => again.length === 1)
    assert.deepEqual(again, [{ status: 'ok', at: { epoch: 8, seq: 2 }, value: 2 }])
  })
})

describe('a host that stops', () => {
  test('hands its actors over: their sessions are elsewhere within half a second', async () => {
    const { bench, node } = await oneNode({ latencyMs: 1 })
    const gateway = await bench.gateway('gateway-1')
    await bench.done(gateway.carry(key, alice))
    await bench.done(gateway.ask(key, 'c', 1, { type: 'add', by: 1 }))
    const second = await bench.node('node-2')
    const stopped = node.stop()
    await bench.until('Alice is at the other node', () => second.positionOf(key)?.sessions === 1, 500)
    await bench.done(stopped)
    assert.deepEqual(await bench.done(gateway.ask(key, 'c', 2, { type: 'add', by: 1 })), {
      status: 'ok',
      at: { epoch: 2, seq: 2 },
      value: 2,
    })
  })

  test('says unknown to those whose entry is under way', async () => {
    const { bench, node } = await oneNode({ storeLatencyMs: () => 10 })
    node.dispatch(key, add(1))
    await bench.until('it is owned', () => bench.entriesOf(key).length === 1)
    await bench.time.advance(20)
    const heard = node.dispatch(key, add(2))
    await bench.time.advance(5)
    await bench.done(node.host.stop())
    await bench.time.advance(50)
    assert.deepEqual(heard, [{ status: 'unknown' }])
    assert.equal(bench.entriesOf(key).length, 2)
  })

  test('gives up an actor whose activation was under way, too', async () => {
    const { bench, node } = await oneNode({ storeLatencyMs: () => 10 })
    const heard = node.dispatch(key, add(1))
    await bench.time.advance(15)
    await bench.done(node.host.stop())
    await bench.until('it is answered', () => heard.length === 1)
    await bench.time.advance(50)
    assert.deepEqual(heard, [{ status: 'retry_after', code: 'RETRY_LATER', afterMs: 50 }])
    assert.equal(node.host.owned, 0)
    assert.deepEqual(await bench.cluster.resolveMany([key]), [null])
  })
})

describe('a host and a link that is gone', () => {
  test('detaches a session whose link went before the room had it', async () => {
    const { bench, node } = await oneNode({ latencyMs: 1, storeLatencyMs: () => 20, idleMs: 2_000 })
    const gateway = await bench.gateway('gateway-1')
    void gateway.ask(key, 'c', 1, { type: 'attach', session: alice }, { subscribe: alice })
    await bench.until('the node has the command', () => node.accepted.length === 1)
    await bench.time.advance(3)
    gateway.process.kill()
    bench.network.crash(gateway.facts.process)
    await bench.until('the actor is loaded', () => node.positionOf(key) !== null)
    const read = node.dispatch(key, { id: commandId('r', 1), command: { type: 'read' } })
    await bench.until('it is read', () => read.length === 1)
    assert.deepEqual((read[0] as { value: TallyState }).value.attached, [])
    assert.equal(node.positionOf(key)?.sessions, 0)
    await bench.until('it leaves memory', () => node.host.owned === 0)
  })
})
