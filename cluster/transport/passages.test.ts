import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ManualTime } from '../../test/support/manual-time.ts'
import { silentLogger } from '../../test/support/silent-logger.ts'
import { MemoryNetwork } from './memory.ts'
import { passagesMax } from './passages.ts'
import type { PassageObserver, PeerLink, Transport } from './port.ts'
import { isDialError, memberAt, someone } from './transport.contract.ts'

const gateway = someone('gateway-1', 'gateway')
const node = someone('node-1', 'node')
const between = someone('node-2', 'node')
const target = memberAt(node, 7101)
const way = memberAt(between, 7102)

/** A gateway, a node, and one between that lets through to it. */
async function network() {
  const time = new ManualTime()
  const net = new MemoryNetwork({ clock: time, timers: time, logger: silentLogger, latencyMs: 1 })
  const told = { open: 0, refused: [] as string[], bytes: 0 }
  const observer: PassageObserver = {
    opened: () => void (told.open += 1),
    closed: () => void (told.open -= 1),
    refused: (why) => void told.refused.push(why),
    carried: (bytes) => void (told.bytes += bytes),
  }
  await net.transport(node).listen('127.0.0.1', 7101, () => undefined)
  await net.transport(between).listen('127.0.0.1', 7102, () => undefined, { find: () => target, observer })
  const dialer = net.transport(gateway)
  const through = async (from: Transport = dialer): Promise<PeerLink> => {
    const dial = from.dialThrough(way, target, 900)
    const settled = dial.catch(() => undefined)
    await time.advance(1_000)
    await settled
    return dial
  }
  return { time, net, told, dialer, through }
}

describe('a node that lets others through', () => {
  test('tells what it carries, and when it is over', async () => {
    const { time, told, through } = await network()
    const link = await through()
    assert.equal(told.open, 1)
    assert.ok(told.bytes > 500, 'at least a hand-shake has passed')
    link.close('done')
    await time.advance(1_000)
    assert.equal(told.open, 0)
  })

  test('lets so many through and no more, until one is gone', async () => {
    const { time, told, through } = await network()
    const links = await Promise.all(Array.from({ length: passagesMax }, () => through()))
    assert.equal(told.open, passagesMax)
    await assert.rejects(through(), isDialError('no_passage'))
    assert.deepEqual(told.refused, ['busy'])
    links[0]?.close('done')
    await time.advance(1_000)
    await through()
    assert.equal(told.open, passagesMax)
  })

  test('carries on for two who talk, and ends it when nothing came for twenty seconds', async () => {
    const { time, net, told, through } = await network()
    const link = await through()
    await time.advance(60_000)
    assert.equal(told.open, 1)
    const ends: string[] = []
    link.onClose((reason) => ends.push(reason))
    net.cut(gateway.process, between.process)
    net.freeze(node.process)
    await time.advance(41_000)
    assert.equal(told.open, 0)
    assert.deepEqual(ends, ['silent'])
  })

  test('keeps nothing of one whose target does not answer', async () => {
    const { time, net, told, through } = await network()
    net.freeze(node.process)
    await assert.rejects(through(), isDialError('timeout'))
    await time.advance(2_000)
    assert.equal(told.open, 0)
  })
})
