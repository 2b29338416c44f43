import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { actorKey, commandId, type ActorKey } from '../../protocol/ids.ts'
import { MemoryClusterBench, sessionNumber } from '../../test/support/memory-cluster-bench.ts'
import { tallyDefinition, type TallyState } from '../../test/support/tally-actor.ts'
import { maxDatagramBytes } from '../transport/frame-codec.ts'
import type { Resident, ResidentContext } from './resident.ts'

const key = actorKey('tally', 'one')
const other = actorKey('tally', 'two')
const alice = sessionNumber(1)
const bytes = (text: string): Uint8Array => Buffer.from(text)
const text = (payload: Uint8Array): string => Buffer.from(payload).toString()

/** Notes all that it is told. */
class Noting implements Resident {
  readonly context: ResidentContext
  readonly heard: string[] = []
  readonly totals: number[] = []
  isOver = false

  constructor(context: ResidentContext) {
    this.context = context
  }

  onDatagram(payload: Uint8Array, { process }: { process: string }): void {
    if (text(payload) === 'break') throw new Error('it broke')
    this.heard.push(`${process}: ${text(payload)}`)
  }

  onState(state: unknown): void {
    this.totals.push((state as TallyState).total)
  }

  end(): void {
    this.isOver = true
  }

  gauges() {
    return { heard: this.heard.length }
  }
}

/** Two nodes whose tallies have residents, and a gateway that carries Alice in one of them. */
async function twoNodes() {
  const residents: Noting[] = []
  const begin = (context: ResidentContext): Noting => {
    const resident = new Noting(context)
    residents.push(resident)
    return resident
  }
  const bench = await MemoryClusterBench.open({
    latencyMs: 1,
    storeLatencyMs: () => 1,
    idleMs: 5_000,
    residents: new Map([['tally', begin]]),
    // A tally that nobody uses may rest.
    definition: { ...tallyDefinition, mayRest: () => true },
  })
  await bench.node('node-1')
  await bench.node('node-2')
  const gateway = await bench.gateway('gateway-1')
  await bench.done(gateway.carry(key, alice))
  const [first] = residents
  assert.ok(first)
  return { bench, gateway, residents, first }
}

describe('what lives beside an actor', () => {
  test('hears the datagrams of a gateway, and is heard by it', async () => {
    const { bench, gateway, first } = await twoNodes()
    assert.equal(gateway.router.datagram(key, bytes('here'), 1), true)
    await bench.until('it is heard', () => first.heard.length === 1)
    assert.deepEqual(first.heard, ['gateway-1: here'])
    assert.equal(first.context.tell(alice, bytes('and there'), 1), true)
    await bench.until('the gateway hears', () => gateway.datagrams.length === 1)
    const [{ payload, ...datagram }] = gateway.datagrams as [(typeof gateway.datagrams)[number]]
    assert.deepEqual({ ...datagram, text: text(payload) }, { key, epoch: 1, text: 'and there' })
    assert.equal(bench.ownerOf(key).host.gauges()['heard'], 1)
  })

  test('tells nobody who is not attached, and sends nothing larger than a datagram', async () => {
    const { gateway, first } = await twoNodes()
    const large = new Uint8Array(maxDatagramBytes + 1)
    assert.equal(first.context.tell(sessionNumber(2), bytes('you'), 0), false)
    assert.equal(first.context.tell(alice, large, 0), false)
    assert.equal(gateway.router.datagram(key, large, 0), false)
    assert.equal(first.context.tell(alice, large.subarray(1), 0), true)
  })

  test('hears of each state once it is committed', async () => {
    const { bench, gateway, first } = await twoNodes()
    await bench.done(gateway.ask(key, 'c', 1, { type: 'add', by: 2 }))
    await bench.done(gateway.ask(key, 'c', 2, { type: 'read' }))
    await bench.done(gateway.ask(key, 'c', 3, { type: 'add', by: 3 }))
    assert.deepEqual(
      first.totals.filter((total, index, all) => total !== all[index - 1]),
      [0, 2, 5],
    )
    assert.equal((first.context.state() as TallyState).total, 5)
  })

  test('reaches the residents of other actors, on its own node and on another', async () => {
    const { bench, gateway, residents, first } = await twoNodes()
    const others = ['two', 'three', 'four', 'five', 'six', 'seven'].map((name) => actorKey('tally', name))
    for (const [index, to] of others.entries()) {
      await bench.done(gateway.ask(to, `c${index}`, 1, { type: 'add', by: 1 }))
    }
    const nodes = new Set(others.map((to) => bench.ownerOf(to).name))
    assert.equal(nodes.size, 2, 'some are here and some are there')
    for (const to of others) {
      const there = residents.find(({ context }) => context.key === to)
      // The first one finds no way yet, and has one looked for.
      await bench.until('a way is found', () => first.context.send(to, bytes('found'), 0))
      await bench.until('it is heard', () => (there?.heard.length ?? 0) > 0)
      assert.equal(there?.heard[0], `${first.context.process}: found`)
    }
  })

  test('ends with the lease, and nothing of it leaves the process after that', async () => {
    const { bench, gateway, residents, first } = await twoNodes()
    const owner = bench.ownerOf(key)
    owner.freeze()
    await bench.until('another node has it', () => residents.length === 2, 20_000)
    owner.thaw(50)
    assert.equal(first.context.tell(alice, bytes('I was first'), 0), false)
    assert.equal(first.context.send(key, bytes('I was first'), 0), false)
    const [, second] = residents
    assert.equal(second?.context.epoch, 2)
    await bench.until('the gateway reaches the next one', () => gateway.router.datagram(key, bytes('you?'), 0))
    await bench.until('it is heard', () => second.heard.length === 1)
    await bench.until('the first one is over', () => first.isOver)
    assert.deepEqual(gateway.datagrams, [])
  })

  test('ends when its actor is handed over, and begins anew at the heir under the next epoch', async () => {
    const { bench, gateway, residents, first } = await twoNodes()
    await bench.done(bench.ownerOf(key).drain.run())
    await bench.until('it began there', () => residents.length === 2)
    assert.equal(first.isOver, true)
    const [, second] = residents
    assert.ok(second && second.context.epoch === 2 && second.context.process !== first.context.process)
    await bench.until('Alice is carried there', () => second.context.tell(alice, bytes('hello'), 0))
    await bench.until('the gateway hears', () => gateway.datagrams.some(({ epoch }) => epoch === 2))
  })

  test('is still reached from a node that has handed over an actor since, by another link', async () => {
    const { bench, gateway, residents, first } = await twoNodes()
    const owner = bench.ownerOf(key)
    const far: ActorKey[] = []
    const near: ActorKey[] = []
    for (let count = 1; far.length === 0 || near.length === 0; count += 1) {
      const next = actorKey('tally', `number-${count}`)
      await bench.done(gateway.ask(next, 'c', count, { type: 'add', by: 1 }))
      const list = bench.ownerOf(next) === owner ? near : far
      list.push(next)
    }
    const [there] = far
    const [moving] = near
    assert.ok(there && moving)
    const listener = residents.find(({ context }) => context.key === there)
    assert.ok(listener)
    await bench.until('a way is found', () => first.context.send(there, bytes('before'), 0))
    await bench.until('it is heard', () => listener.heard.length === 1)
    const heir = bench.cluster.view().get(listener.context.process)
    assert.ok(heir)
    assert.equal(await bench.done(owner.handOffs.handOff(moving, heir)), 'moved')
    await bench.until('it began there', () => residents.filter(({ context }) => context.key === moving).length === 2)
    assert.equal(first.context.send(there, bytes('behind'), 0), true)
    await bench.until('it is heard as well', () => listener.heard.length === 2)
  })

  test('is looked for anew by who hears that a datagram went astray', async () => {
    const { bench, gateway, residents, first } = await twoNodes()
    await bench.done(gateway.ask(other, 'c', 1, { type: 'add', by: 1 }))
    const second = residents.find(({ context }) => context.key === other)
    assert.equal(gateway.router.datagram(other, bytes('here'), 0), true)
    await bench.until('it rests', () => second?.isOver === true, 60_000)
    assert.equal(gateway.router.datagram(other, bytes('still there?'), 0), true)
    await bench.until('nobody has it', () => !gateway.router.datagram(other, bytes('anybody?'), 0))
    assert.equal(residents.length, 2, 'nobody is woken for it')
    assert.equal(first.isOver, false)
  })

  test('hurts neither its actor nor its neighbours when it throws', async () => {
    const { bench, gateway, first } = await twoNodes()
    gateway.router.datagram(key, bytes('break'), 0)
    gateway.router.datagram(key, bytes('and on'), 0)
    await bench.until('the next one is heard', () => first.heard.length === 1)
    const answer = await bench.done(gateway.ask(key, 'c', 1, { type: 'add', by: 1 }))
    assert.equal(answer.status, 'ok')
  })

  test('is not there for kinds that have none', async () => {
    const bench = await MemoryClusterBench.open({ latencyMs: 1 })
    const node = await bench.node('node-1')
    node.dispatch(key, { id: commandId('c', 1), command: { type: 'add', by: 1 } })
    await bench.until('it is there', () => node.host.owned === 1)
    assert.equal(node.host.datagram(key, bytes('x'), { ...node.facts }), false)
  })
})
