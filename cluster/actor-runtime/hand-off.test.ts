import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { actorKey } from '../../protocol/ids.ts'
import type { BenchNode } from '../../test/support/bench-node.ts'
import type { BenchOptions } from '../../test/support/bench-world.ts'
import { MemoryClusterBench, sessionNumber } from '../../test/support/memory-cluster-bench.ts'

const key = actorKey('tally', 'one')
const [alice, bob] = [sessionNumber(1), sessionNumber(2)]

/** Two nodes and a gateway that carries two sessions of one actor. */
async function cluster(options: BenchOptions = {}) {
  const bench = await MemoryClusterBench.open({ latencyMs: 1, storeLatencyMs: () => 1, ...options })
  for (const name of ['node-1', 'node-2']) await bench.node(name)
  const gateway = await bench.gateway('gateway-1')
  for (const session of [alice, bob]) await bench.done(gateway.carry(key, session))
  const add = (number: number, deadlineMs = 5_000) =>
    gateway.ask(key, 'c', number, { type: 'add', by: 1 }, { deadlineMs })
  await bench.done(add(1))
  const from = bench.ownerOf(key)
  const to = bench.nodes.find((node) => node !== from)!
  const memberOf = (node: BenchNode) => bench.cluster.view().get(node.facts.process)!
  const handOff = () => from.handOffs.handOff(key, memberOf(to))
  return { bench, gateway, add, from, to, handOff, memberOf }
}

describe('a hand-off', () => {
  test('moves a living actor: the next epoch, the same state, every session, no link lost', async () => {
    const { bench, gateway, add, from, to, handOff } = await cluster()
    assert.equal(await bench.done(handOff()), 'moved')
    await bench.until('the heir carries both sessions', () => to.positionOf(key)?.sessions === 2)
    assert.equal(from.positionOf(key), null)
    assert.equal(to.positionOf(key)?.epoch, 2)
    assert.deepEqual(await bench.done(add(2)), { status: 'ok', at: { epoch: 2, seq: 2 }, value: 2 })
    await bench.until('both hear of it', () =>
      [alice, bob].every((session) => gateway.pushedTo(session, 'events').some(({ at }) => at.epoch === 2)),
    )
    assert.deepEqual(gateway.lost, [])
    assert.deepEqual(from.drops, ['moved'])
  })

  test('takes a few turns of the network, and commands that come meanwhile are carried out once, in order', async () => {
    const { bench, add, from, handOff } = await cluster()
    const moved = handOff()
    const asked = Array.from({ length: 20 }, (_, index) => add(index + 2))
    assert.equal(await bench.done(moved), 'moved')
    const answers = await bench.done(Promise.all(asked))
    assert.deepEqual(
      answers.map((answer) => ('value' in answer ? answer.value : answer)),
      Array.from({ length: 20 }, (_, index) => index + 2),
    )
    assert.equal(bench.entriesOf(key).length, 21)
    assert.ok(from.handedOff[0] && from.handedOff[0].pausedMs <= 20, JSON.stringify(from.handedOff))
  })

  test('waits for what was decided, so that the heir knows of it', async () => {
    const { bench, add, from, to, handOff } = await cluster({ storeLatencyMs: () => 20 })
    const before = add(2)
    await bench.until('it is decided', () => from.host.gauges()['total'] === 2)
    assert.equal(await bench.done(handOff()), 'moved')
    assert.deepEqual(await bench.done(before), { status: 'ok', at: { epoch: 1, seq: 2 }, value: 2 })
    await bench.until('the heir has it', () => to.positionOf(key)?.seq === 2)
  })

  test('to a node that cannot be reached is none: the actor serves on', async () => {
    const { bench, add, from, to, handOff } = await cluster()
    bench.network.cut(from.facts.process, to.facts.process)
    assert.equal(await bench.done(handOff()), 'kept')
    assert.deepEqual(await bench.done(add(2)), { status: 'ok', at: { epoch: 1, seq: 2 }, value: 2 })
    assert.deepEqual(from.drops, [])
  })

  test('of an actor whose append does not come to an end leaves it where it is', async () => {
    const { bench, add, from, handOff } = await cluster()
    let release = (): void => undefined
    const append = from.journal.append.bind(from.journal)
    from.journal.append = async (entries) => {
      await new Promise<void>((resolve) => (release = resolve))
      return append(entries)
    }
    const slow = add(2, 20_000)
    await bench.time.advance(10)
    assert.equal(await bench.done(handOff()), 'kept')
    assert.ok(from.handedOff[0]!.pausedMs >= 500)
    const behind = add(3, 20_000)
    from.journal.append = append
    release()
    assert.deepEqual(
      (await bench.done(Promise.all([slow, behind]))).map((answer) => answer.status),
      ['ok', 'ok'],
    )
    assert.equal(from.positionOf(key)?.epoch, 1)
  })

  test('whose word to the heir is lost ends with the heir loading the actor when it is asked', async () => {
    const { bench, add, from, to, memberOf } = await cluster()
    const heir = memberOf(to)
    await bench.done(bench.cluster.transfer(key, { ...from.facts, epoch: 1 }, heir))
    // The old owner does not know yet: its next append is refused, and what it decided goes to the heir.
    const asked = add(2)
    from.host.pause(key)?.leave({ process: heir.process, incarnation: heir.incarnation, epoch: 2 })
    const answer = await bench.done(asked)
    assert.equal(answer.status, 'ok')
    assert.equal(bench.ownerOf(key), to)
    assert.equal(bench.entriesOf(key).length, 2)
  })

  test('whose outcome nobody knows has the actor leave memory, and the next command finds its owner', async () => {
    const { bench, add, from, to, memberOf } = await cluster()
    const directory = { transfer: () => Promise.reject(new Error('Redis is away')) }
    const { HandOffs } = await import('./hand-off.ts')
    const handOffs = new HandOffs({
      ...{ self: from.facts, host: from.host, directory, clock: bench.time, observe: () => undefined },
      linkTo: () => Promise.resolve({ send: () => true } as never),
      logger: { debug() {}, info() {}, warn() {}, error() {}, child: () => ({}) as never },
    })
    assert.equal(await handOffs.handOff(key, memberOf(to)), 'lost')
    assert.deepEqual(await bench.done(add(2)), { status: 'ok', at: { epoch: 2, seq: 2 }, value: 2 })
    assert.deepEqual(from.drops, ['moved'])
  })

  test('is not begun twice for one actor, nor for one that is not here', async () => {
    const { bench, from, to, handOff, memberOf } = await cluster()
    const outcomes = await bench.done(Promise.all([handOff(), handOff()]))
    assert.deepEqual(outcomes.toSorted(), ['kept', 'moved'])
    assert.equal(await bench.done(from.handOffs.handOff(key, memberOf(to))), 'kept')
  })
})

describe('a drain', () => {
  test('hands every actor with sessions on, lets the others rest, and leaves nothing', async () => {
    const { bench, gateway, from } = await cluster()
    const keys = Array.from({ length: 40 }, (_, index) => actorKey('tally', `a${index}`))
    for (const [index, one] of keys.entries()) {
      await bench.done(gateway.ask(one, 'd', index, { type: 'add', by: 1 }))
      if (index % 2 === 0) await bench.done(gateway.carry(one, sessionNumber(100 + index)))
    }
    const here = from.host.owned
    await bench.done(from.lease.announce('draining'))
    const result = await bench.done(from.drain.run())
    assert.equal(result.moved + result.rested, here)
    assert.deepEqual([result.left, from.host.owned], [0, 0])
    for (const [index, one] of keys.entries()) {
      const answer = await bench.done(gateway.ask(one, 'd', 1_000 + index, { type: 'add', by: 1 }))
      assert.equal('value' in answer && answer.value, 2)
    }
    assert.deepEqual(gateway.lost, [])
  })

  test('without another node leaves the actors where they are', async () => {
    const { bench, from, to, add } = await cluster()
    await bench.done(to.stop())
    const result = await bench.done(from.drain.run())
    assert.deepEqual(result, { moved: 0, rested: 0, left: 1 })
    assert.equal((await bench.done(add(2))).status, 'ok')
  })

  test('that is called off moves nothing more', async () => {
    const { bench, gateway, from } = await cluster()
    for (let index = 0; index < 200; index += 1) {
      await bench.done(gateway.carry(actorKey('tally', `b${index}`), sessionNumber(1_000 + index)))
    }
    const here = from.host.owned
    const running = from.drain.run()
    from.drain.callOff()
    const result = await bench.done(running)
    assert.ok(result.moved < here && result.left === here - result.moved, JSON.stringify(result))
  })
})
