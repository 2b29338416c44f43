import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualTime, settle } from '../../test/support/manual-time.ts'
import { silentLogger } from '../../test/support/silent-logger.ts'
import { MemoryNetwork } from './memory.ts'
import type { PeerLink } from './port.ts'
import { frameOf, isDialError, memberAt, someone, transportContract } from './transport.contract.ts'

/** A network, and the means to let its time pass. */
function network() {
  const time = new ManualTime()
  const net = new MemoryNetwork({ clock: time, timers: time, logger: silentLogger, latencyMs: 1 })
  const until = async (reason: string, check: () => boolean) => {
    for (let step = 0; step < 2_000; step += 1) {
      if (check()) return
      await time.advance(1)
    }
    assert.fail(`2 s passed until ${reason}`)
  }
  const done = async <T>(promise: Promise<T>): Promise<T> => {
    const settled: boolean[] = []
    const mark = () => void settled.push(true)
    promise.then(mark, mark)
    await settle()
    for (let step = 0; step < 10_000 && settled.length === 0; step += 1) await time.advance(1)
    assert.equal(settled.length, 1, 'not settled within 10 s')
    return promise
  }
  return { time, net, until, done }
}

const gateway = someone('gateway-1', 'gateway')
const node = someone('node-1', 'node')

/** A gateway and a node with one link between them. */
async function linkedPair() {
  const bench = network()
  const dialer = bench.net.transport(gateway)
  const accepted: PeerLink[] = []
  const listener = bench.net.transport(node)
  const port = await bench.done(listener.listen('127.0.0.1', 7101, (link) => accepted.push(link)))
  const near = await bench.done(dialer.dial(memberAt(node, port), 500))
  await bench.until('the listener has the link', () => accepted.length === 1)
  const ends: string[] = []
  near.onClose((reason) => ends.push(reason))
  return { ...bench, dialer, near, far: accepted[0]!, ends, target: memberAt(node, port) }
}

transportContract('links in memory', () => {
  const { net, until, done } = network()
  return Promise.resolve({
    transport: (self, secret) => net.transport(self, secret),
    until,
    done,
    close: () => Promise.resolve(),
  })
})

test('a port that is taken is taken', async () => {
  const { net, done } = network()
  await done(net.transport(node).listen('127.0.0.1', 7101, () => undefined))
  await assert.rejects(done(net.transport(node).listen('127.0.0.1', 7101, () => undefined)), /taken/)
})

test('four beats without a pong make a link suspect, and the next pong clears it', async () => {
  const { net, time, near, ends } = await linkedPair()
  await time.advance(2_000)
  assert.equal(near.isSuspect(), false)
  net.freeze(node.process)
  await time.advance(700)
  assert.equal(near.isSuspect(), false)
  await time.advance(600)
  assert.equal(near.isSuspect(), true)
  net.thaw(node.process)
  await time.advance(300)
  assert.equal(near.isSuspect(), false)
  assert.deepEqual(ends, [])
})

test('a process that was paused itself does not suspect its peers', async () => {
  const { time, near } = await linkedPair()
  time.jump(60_000)
  await time.advance(0)
  assert.equal(near.isSuspect(), false)
})

test('a peer that is silent for 15 s is gone', async () => {
  const { net, time, ends } = await linkedPair()
  net.cut(gateway.process, node.process)
  await time.advance(14_500)
  assert.deepEqual(ends, [])
  await time.advance(1_000)
  assert.deepEqual(ends, ['silent'])
})

test('what was sent over a cut arrives when it heals', async () => {
  const { net, time, near, far, until } = await linkedPair()
  const seen: number[] = []
  far.onFrame(({ correlation }) => seen.push(correlation))
  net.cut(gateway.process, node.process)
  near.send(frameOf(1))
  await time.advance(1_000)
  assert.deepEqual(seen, [])
  net.heal(gateway.process, node.process)
  await until('it arrives', () => seen.length === 1)
})

test('a dial to a frozen or cut off process times out, and never says that it is gone', async () => {
  const { net, dialer, done, target } = await linkedPair()
  net.freeze(node.process)
  await assert.rejects(done(dialer.dial(target, 500)), isDialError('timeout'))
  net.thaw(node.process)
  net.cut(gateway.process, node.process)
  await assert.rejects(done(dialer.dial(target, 500)), isDialError('timeout'))
})

test('broken links are told at both ends, and can be dialled anew', async () => {
  const { net, dialer, ends, far, until, done, target } = await linkedPair()
  const farEnds: string[] = []
  far.onClose((reason) => farEnds.push(reason))
  net.breakLinks(node.process, gateway.process)
  await until('both are told', () => ends.length > 0 && farEnds.length > 0)
  assert.deepEqual([ends, farEnds], [['ECONNRESET'], ['ECONNRESET']])
  await done(dialer.dial(target, 500))
})

test('a process that crashed refuses', async () => {
  const { net, dialer, ends, until, done, target } = await linkedPair()
  net.crash(node.process)
  await until('the link is gone', () => ends.length > 0)
  await assert.rejects(done(dialer.dial(target, 500)), isDialError('refused'))
})

test('what a process was dialling when it was killed is not dialled when the way is free again', async () => {
  const { net, time, dialer, target } = await linkedPair()
  net.cut(gateway.process, node.process)
  const dial = dialer.dial(target, 60_000)
  let isDialled = false
  dial.then(
    () => (isDialled = true),
    () => undefined,
  )
  net.crash(gateway.process)
  net.heal(gateway.process, node.process)
  await time.advance(1_000)
  assert.equal(isDialled, false)
  await assert.rejects(dialer.dial(target, 500), isDialError('other'))
})
