import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { actorKey, commandId } from '../../protocol/ids.ts'
import { factsFor } from '../../test/support/bench-node.ts'
import { MemoryClusterBench, sessionNumber } from '../../test/support/memory-cluster-bench.ts'
import { silentLogger } from '../../test/support/silent-logger.ts'
import { GuestWriter } from './guest.ts'

const key = actorKey('tally', 'one')
const alice = sessionNumber(1)

async function withGuest() {
  const bench = await MemoryClusterBench.open({ latencyMs: 1, storeLatencyMs: () => 1 })
  const node = await bench.node('node-1')
  const gateway = await bench.gateway('gateway-1')
  const { journal, definitions, time: clock } = bench
  const guest = new GuestWriter({
    self: factsFor(bench, 'worker-1', 'worker'),
    definitions,
    journal,
    clock,
    logger: silentLogger,
  })
  const write = (number: number, by = 10) => guest.write(key, commandId('workflow', number), { type: 'add', by })
  const add = (number: number) => bench.done(gateway.ask(key, 'c', number, { type: 'add', by: 1 }))
  return { bench, node, gateway, guest, write, add }
}

describe('a guest', () => {
  test('writes for an actor that nobody ever owned, and wakes nobody', async () => {
    const { bench, node, write } = await withGuest()
    assert.deepEqual(await write(1), { status: 'ok', at: { epoch: 1, seq: 1 }, value: 10 })
    assert.deepEqual(await bench.cluster.resolveMany([key]), [null])
    assert.equal(node.host.owned, 0)
  })

  test('is heard of by the next owner, who begins above its epoch', async () => {
    const { write, add } = await withGuest()
    await write(1)
    assert.deepEqual(await add(1), { status: 'ok', at: { epoch: 2, seq: 2 }, value: 11 })
  })

  test('gets the same answer when it sends a command again, from the owner too', async () => {
    const { bench, gateway, write, add } = await withGuest()
    const first = await write(1)
    assert.deepEqual(await write(1), first)
    await add(1)
    const again = await bench.done(gateway.ask(key, 'workflow', 1, { type: 'add', by: 10 }))
    assert.deepEqual(again, { status: 'ok', at: { epoch: 2, seq: 1 }, value: 10 })
    assert.equal(bench.entriesOf(key).length, 2)
  })

  test('hears a refusal and leaves no trace of it', async () => {
    const { bench, write, add } = await withGuest()
    await add(1)
    assert.deepEqual(await write(1, 101), {
      status: 'rejected',
      at: { epoch: 2, seq: 1 },
      code: 'FORBIDDEN',
      data: { most: 100 },
    })
    assert.equal((await bench.loaded(key)).epoch, 1)
    assert.equal((await add(2)).status, 'ok')
  })

  test('that writes over the head of a living owner has it fenced; its sessions follow, and nothing is lost', async () => {
    const { bench, node, gateway, write, add } = await withGuest()
    await bench.done(gateway.carry(key, alice))
    await add(1)
    assert.deepEqual(await write(1), { status: 'ok', at: { epoch: 2, seq: 2 }, value: 11 })
    assert.deepEqual(await add(2), { status: 'ok', at: { epoch: 3, seq: 3 }, value: 12 })
    assert.deepEqual(node.drops, ['fenced'])
    await bench.until('Alice is attached to the new life', () =>
      gateway.pushedTo(alice, 'snapshot').some(({ at }) => at.epoch === 3),
    )
    assert.deepEqual(
      bench.entriesOf(key).map(({ epoch, seq }) => [epoch, seq]),
      [
        [1, 1],
        [2, 2],
        [3, 3],
      ],
    )
  })

  test('passes no owner by that has loaded the actor since it was heard that nobody has it', async () => {
    const { node, guest, write, add } = await withGuest()
    await write(1)
    const epoch = await guest.epochOf(key)
    await add(1)
    const late = await guest.write(key, commandId('workflow', 2), { type: 'add', by: 10 }, epoch)
    assert.deepEqual(late, { status: 'retry_after', code: 'RETRY_LATER', afterMs: 50 })
    assert.deepEqual(await add(2), { status: 'ok', at: { epoch: 2, seq: 3 }, value: 12 })
    assert.deepEqual(node.drops, [])
  })

  test('writes where the epoch is the one that was in force then, and is told what an earlier try came to in any case', async () => {
    const { bench, guest, write, add } = await withGuest()
    await add(1)
    await bench.done(bench.ownerOf(key).host.letRest(key))
    const epoch = await guest.epochOf(key)
    const again = () => guest.write(key, commandId('workflow', 1), { type: 'add', by: 10 }, epoch)
    const first = await again()
    assert.deepEqual(first, { status: 'ok', at: { epoch: 2, seq: 2 }, value: 11 })
    assert.deepEqual(await again(), first)
    assert.deepEqual(await write(1), first)
  })

  test('rejects when nobody knows what became of its write', async () => {
    const { bench } = await withGuest()
    const journal = { ...bench.journal, guestAppend: () => Promise.reject(new Error('connection lost')) }
    const self = factsFor(bench, 'worker-1', 'worker')
    const guest = new GuestWriter({
      self,
      definitions: bench.definitions,
      journal,
      clock: bench.time,
      logger: silentLogger,
    })
    await assert.rejects(guest.write(key, commandId('workflow', 1), { type: 'add', by: 1 }), /connection lost/)
  })
})
