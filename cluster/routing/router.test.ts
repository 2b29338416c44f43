import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { actorKey, commandId } from '../../protocol/ids.ts'
import type { BenchOptions } from '../../test/support/bench-world.ts'
import { MemoryClusterBench, sessionNumber } from '../../test/support/memory-cluster-bench.ts'
import { settle } from '../../test/support/manual-time.ts'

const key = actorKey('tally', 'one')

/** A gateway and some nodes, a millisecond apart. */
async function cluster(nodes: number, options: BenchOptions = {}) {
  const bench = await MemoryClusterBench.open({ latencyMs: 1, storeLatencyMs: () => 1, ...options })
  for (let number = 1; number <= nodes; number += 1) await bench.node(`node-${number}`)
  const gateway = await bench.gateway('gateway-1')
  /** Adds one as the source `c`. */
  const add = (number: number, deadlineMs = 5_000) =>
    gateway.ask(key, 'c', number, { type: 'add', by: 1 }, { deadlineMs })
  return { bench, gateway, add }
}

describe('a router', () => {
  test('sends the same command id to the next owner when one dies, and the journal has it once', async () => {
    const { bench, add } = await cluster(3)
    await bench.done(add(1))
    const owner = bench.ownerOf(key)
    const asked = add(2)
    // Committed, but its answer dies with the owner.
    await bench.until('the second command is committed', () => bench.entriesOf(key).length === 2)
    owner.crash()
    assert.deepEqual(await bench.done(asked, 1_000), { status: 'ok', at: { epoch: 2, seq: 2 }, value: 2 })
    assert.equal(bench.entriesOf(key).length, 2)
    assert.notEqual(bench.ownerOf(key), owner)
  })

  test('has another owner answer when one is frozen, and hears nothing of the frozen one afterwards', async () => {
    const { bench, add } = await cluster(2)
    await bench.done(add(1))
    const owner = bench.ownerOf(key)
    owner.freeze()
    const result = await bench.done(add(2, 8_000), 8_000)
    assert.deepEqual(result, { status: 'ok', at: { epoch: 2, seq: 2 }, value: 2 })
    owner.thaw()
    await bench.time.advance(1_000)
    assert.deepEqual(
      bench.entriesOf(key).map(({ epoch, seq }) => [epoch, seq]),
      [
        [1, 1],
        [2, 2],
      ],
    )
    assert.equal(bench.ownerOf(key).positionOf(key)?.epoch, 2)
  })

  test('is corrected by one forward when another process knows better', async () => {
    const { bench, gateway, add } = await cluster(2)
    await bench.done(add(1))
    const first = bench.ownerOf(key)
    // The owner gives the actor up without a word to those who carry none of its sessions; the other node takes it.
    await bench.done(bench.cluster.release(key, { ...first.facts, epoch: 1 }))
    const second = bench.nodes.find((node) => node !== first)!
    second.dispatch(key, { id: commandId('other', 1), command: { type: 'add', by: 1 } })
    await bench.until('the other node has it', () => second.positionOf(key)?.seq === 2)
    first.host.abandon()
    assert.equal(gateway.router.knownOwner(key)?.process, first.name)
    assert.deepEqual(await bench.done(add(2)), { status: 'ok', at: { epoch: 2, seq: 3 }, value: 3 })
    assert.equal(gateway.told.forwarded, 1)
    await bench.done(add(3))
    assert.equal(gateway.told.forwarded, 1)
  })

  test('follows whoever names the owner at once, twice, and then pauses: two that name each other are no ring', async () => {
    const { bench, add } = await cluster(2)
    await bench.done(add(1))
    const [one, other] = bench.nodes
    assert.ok(one && other)
    const askedMs: number[] = []
    const name = (asked: typeof one, { facts }: typeof one) => {
      asked.host.dispatch = (_, command) => {
        askedMs.push(bench.time.monotonicMs())
        command.notOwner({ process: facts.process, incarnation: facts.incarnation, epoch: 1 })
      }
    }
    name(one, other)
    name(other, one)
    await bench.done(add(2, 150), 1_000)
    const gapsMs = askedMs.slice(1).map((atMs, index) => atMs - (askedMs[index] ?? 0))
    assert.ok(gapsMs.length >= 3, 'it is asked for again')
    assert.deepEqual(
      gapsMs.map((ms) => ms < 20),
      gapsMs.map((_, index) => index < 2),
    )
  })

  test('carries the commands of one source out in their order, re-sent ones too', async () => {
    const { bench, gateway } = await cluster(3)
    const asked = Array.from({ length: 20 }, (_, index) =>
      gateway.ask(key, 'c', index + 1, { type: 'add', by: 1 }, { deadlineMs: 20_000 }),
    )
    await bench.until('some are committed', () => bench.entriesOf(key).length === 5)
    bench.ownerOf(key).crash()
    await bench.until('some more are committed', () => bench.entriesOf(key).length === 12)
    bench.ownerOf(key).crash()
    const results = await bench.done(Promise.all(asked))
    assert.deepEqual(
      results.map((result) => result.status === 'ok' && result.value),
      asked.map((_, index) => index + 1),
    )
    assert.deepEqual(
      bench.entriesOf(key).map((entry) => entry.commandId),
      asked.map((_, index) => commandId('c', index + 1)),
    )
  })

  test('answers NO_OWNER for an actor that is to be left asleep, and wakes nobody', async () => {
    const { bench, gateway } = await cluster(2)
    const asked = gateway.ask(key, 'w', 1, { type: 'add', by: 1 }, { activate: false })
    assert.deepEqual(await bench.done(asked, 100), { status: 'retry_after', code: 'NO_OWNER', afterMs: 0 })
    assert.equal((await bench.loaded(key)).epoch, 0)
    assert.equal(
      bench.nodes.reduce((sum, { host }) => sum + host.owned, 0),
      0,
    )
  })

  test('does not call an actor ownerless because the owner it remembers has let it go', async () => {
    const { bench, gateway, add } = await cluster(2)
    await bench.done(add(1))
    const first = bench.ownerOf(key)
    await bench.done(first.host.letRest(key))
    const second = bench.nodes.find((node) => node !== first)!
    second.dispatch(key, { id: commandId('other', 1), command: { type: 'add', by: 1 } })
    await bench.until('the other node has it', () => second.positionOf(key)?.seq === 2)
    assert.equal(gateway.router.knownOwner(key)?.process, first.name)
    const asked = gateway.ask(key, 'w', 1, { type: 'add', by: 1 }, { activate: false })
    assert.deepEqual(await bench.done(asked, 100), { status: 'ok', at: { epoch: 2, seq: 3 }, value: 3 })
  })

  test('calls an actor ownerless that the one it remembers has let go, and nobody has taken', async () => {
    const { bench, gateway, add } = await cluster(2)
    await bench.done(add(1))
    await bench.done(bench.ownerOf(key).host.letRest(key))
    const asked = gateway.ask(key, 'w', 1, { type: 'add', by: 1 }, { activate: false })
    assert.deepEqual(await bench.done(asked, 100), { status: 'retry_after', code: 'NO_OWNER', afterMs: 0 })
  })

  test('does not call an actor ownerless because it cannot ask who owns it', async () => {
    const { bench, gateway, add } = await cluster(1)
    await bench.done(add(1))
    const tool = await bench.gateway('gateway-2')
    tool.beforeResolve = () => {
      throw new Error('Redis is away')
    }
    const asked = tool.ask(key, 'w', 1, { type: 'add', by: 1 }, { activate: false, deadlineMs: 500 })
    assert.deepEqual(await bench.done(asked, 1_000), { status: 'retry_after', code: 'RETRY_LATER', afterMs: 100 })
    assert.equal(gateway.router.knownOwner(key)?.epoch, 1)
  })

  test('does not call an actor ownerless because its owner cannot be dialled now', async () => {
    const { bench, add } = await cluster(1)
    await bench.done(add(1))
    const tool = await bench.gateway('gateway-2')
    bench.network.cut(tool.facts.process, bench.nodes[0]!.facts.process)
    const asked = tool.ask(key, 'w', 1, { type: 'add', by: 1 }, { activate: false, deadlineMs: 900 })
    const result = await bench.done(asked, 2_000)
    assert.deepEqual(result, { status: 'retry_after', code: 'RETRY_LATER', afterMs: 100 })
  })

  test('hands a refusal for want of room to whoever asked, at once, and does not ask again by itself', async () => {
    const { bench, gateway } = await cluster(1, { mailboxMax: 0 })
    const asked = gateway.ask(key, 'c', 1, { type: 'add', by: 1 }, { deadlineMs: 60_000 })
    assert.deepEqual(await bench.done(asked, 50), { status: 'retry_after', code: 'OVERLOADED', afterMs: 500 })
    assert.equal(bench.nodes[0]?.overflows.length, 1)
  })

  test('sends nothing over a link on which 4 MiB wait, until it is down to one; but for what lets go of a session', async () => {
    const { bench, gateway, add } = await cluster(1)
    await bench.done(add(1))
    const [node] = bench.nodes
    bench.network.cut(gateway.facts.process, node!.facts.process)
    const mood = 'x'.repeat(500_000)
    const big = Array.from({ length: 9 }, (_, index) =>
      gateway.ask(key, `m${index}`, 1, { type: 'mood', mood }, { deadlineMs: 400 }),
    )
    await settle()
    const refused = { status: 'retry_after', code: 'OVERLOADED', afterMs: 250 }
    assert.deepEqual(await bench.done(add(2), 1), refused)
    const leaving = gateway.ask(
      key,
      'd',
      1,
      { type: 'detach', session: sessionNumber(1) },
      { unsubscribe: sessionNumber(1) },
    )
    bench.network.heal(gateway.facts.process, node!.facts.process)
    assert.equal((await bench.done(leaving, 1_000)).status, 'accepted')
    await bench.done(Promise.all(big), 1_000)
    assert.equal((await bench.done(add(2), 100)).status, 'ok')
  })

  test('has so many commands without an outcome, and refuses further ones but for those of sessions', async () => {
    const { bench, gateway, add } = await cluster(1, { asksMax: 2 })
    await bench.done(add(1))
    const asked = [2, 3, 4].map((number) => add(number))
    const attached = gateway.carry(key, sessionNumber(1))
    assert.deepEqual(await bench.done(asked[2]!, 1), { status: 'retry_after', code: 'OVERLOADED', afterMs: 250 })
    await bench.done(attached)
    for (const ask of asked.slice(0, 2)) assert.equal((await bench.done(ask)).status, 'ok')
    assert.equal((await bench.done(add(4))).status, 'ok')
  })

  test('refuses a command larger than a frame, and keeps the link', async () => {
    const { bench, gateway, add } = await cluster(1)
    await bench.done(add(1))
    const huge = gateway.ask(key, 'm', 1, { type: 'mood', mood: 'x'.repeat(1_100_000) })
    assert.deepEqual(await bench.done(huge, 1), { status: 'rejected', at: { epoch: 0, seq: 0 }, code: 'TOO_LARGE' })
    assert.equal((await bench.done(add(2))).status, 'ok')
  })

  test('asks again for want of room where nobody waits for the answer', async () => {
    const { bench, gateway } = await cluster(1, { mailboxMax: 1 })
    const session = sessionNumber(1)
    await bench.done(gateway.carry(key, session))
    const crowd = Array.from({ length: 8 }, (_, index) => gateway.ask(key, `c${index}`, 1, { type: 'add', by: 1 }))
    gateway.drop(key, session)
    const results = await bench.done(Promise.all(crowd))
    assert.ok(results.some(({ status }) => status === 'retry_after'))
    await bench.until('the session is gone', () => bench.ownerOf(key).positionOf(key)?.sessions === 0, 1_000)
  })

  test('answers what is under way with unknown when it closes, and what was never sent with retry_after', async () => {
    const { bench, gateway, add } = await cluster(1)
    await bench.done(add(1))
    bench.nodes[0]!.freeze()
    const asked = [add(2), add(3)]
    await bench.time.advance(10)
    const closed = gateway.router.close()
    assert.equal((await bench.done(asked[0]!, 100)).status, 'unknown')
    assert.equal((await bench.done(asked[1]!, 100)).status, 'retry_after')
    await bench.done(closed, 1_500)
    assert.equal((await bench.done(add(4), 100)).status, 'retry_after')
  })

  test('says unknown only of a command that was sent', async () => {
    const { bench, gateway } = await cluster(1)
    gateway.beforeResolve = () => {
      bench.time.jump(2_000)
    }
    const asked = gateway.ask(key, 'c', 1, { type: 'add', by: 1 })
    assert.equal((await bench.done(asked, 5_000)).status, 'retry_after')
    await bench.time.advance(100)
    assert.equal(bench.entriesOf(key).length, 0)
  })

  test('keeps one link to a node however many ask at once, also after a dial that failed', async () => {
    const { bench, gateway } = await cluster(1)
    const node = bench.nodes[0]!
    bench.network.cut(gateway.facts.process, node.facts.process)
    const asked = Array.from({ length: 5 }, (_, index) =>
      gateway.ask(key, `c${index}`, 1, { type: 'add', by: 1 }, { deadlineMs: 5_000 }),
    )
    await bench.time.advance(700)
    bench.network.heal(gateway.facts.process, node.facts.process)
    for (const result of await bench.done(Promise.all(asked))) assert.equal(result.status, 'ok')
    await settle()
    assert.equal(node.accepted.filter((link) => link.send({ ...ping })).length, 1)
  })
})

const ping = {
  type: 14,
  lane: 0,
  correlation: 0,
  epoch: 0,
  seq: 0,
  deadlineMs: 0,
  key,
  payload: new Uint8Array(),
} as const
