import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { CommandResult } from '../../protocol/cluster/results.ts'
import { actorKey, type ActorKey } from '../../protocol/ids.ts'
import { ManualTime, settle } from '../../test/support/manual-time.ts'
import type { BenchOptions } from '../../test/support/bench-world.ts'
import { MemoryClusterBench, sessionNumber } from '../../test/support/memory-cluster-bench.ts'
import { silentLogger } from '../../test/support/silent-logger.ts'
import { tallyDefinition } from '../../test/support/tally-actor.ts'
import { maxDatagramBytes } from '../transport/frame-codec.ts'
import { frameType, type Frame, type PeerIdentity, type PeerLink } from '../transport/port.ts'
import { LinkServer, type CommandSink } from './link-server.ts'
import type { PushTarget } from './subscribers.ts'

const key = actorKey('tally', 'one')
const alice = sessionNumber(1)
const utf8 = new TextEncoder()

const commandFrame = (payload: string, more: Partial<Frame> = {}): Frame => ({
  type: frameType.command,
  lane: 0,
  correlation: 7,
  epoch: 0,
  seq: 0,
  deadlineMs: 1_000,
  key,
  payload: utf8.encode(payload),
  ...more,
})

const command = (fields: Record<string, unknown>) =>
  JSON.stringify({ id: 'c/1', command: { type: 'read' }, activate: true, ...fields })

/** A node, and a link to it on which a test says what it likes. */
async function linked(options: BenchOptions = {}) {
  const bench = await MemoryClusterBench.open(options)
  const node = await bench.node('node-1')
  const gateway = await bench.gateway('gateway-1')
  const transport = bench.network.transport({ ...gateway.facts, process: 'gateway-2' as typeof gateway.facts.process })
  const member = gateway.membership.view().get(node.facts.process)!
  const link: PeerLink = await bench.done(transport.dial(member, 500))
  const frames: Frame[] = []
  const ends: string[] = []
  link.onFrame((frame) => frames.push(frame))
  link.onClose((reason) => ends.push(reason))
  const answers = () => frames.map(({ type, correlation, payload }) => [type, correlation, asJson(payload)] as const)
  const another = (): Promise<PeerLink> => bench.done(transport.dial(member, 500))
  return { bench, node, gateway, link, another, frames, ends, answers }
}

const asJson = (payload: Uint8Array): unknown =>
  payload.length === 0 ? null : JSON.parse(new TextDecoder().decode(payload))

/** A link server without a node behind it, and one link of that role on which a test says what it likes. */
function serving(role: PeerIdentity['role'], { isThere = true, holds = true } = {}) {
  const sent: Frame[] = []
  let hear: (frame: Frame) => void = () => undefined
  const link = {
    peer: { process: 'peer-1', incarnation: 'life-1', role },
    send: (frame: Frame) => sent.push(frame) > 0,
    onFrame: (listener: (frame: Frame) => void) => (hear = listener),
    onRelief: () => undefined,
    onClose: () => undefined,
  } as unknown as PeerLink
  const heard: { readonly key: ActorKey; readonly bytes: number; readonly from: PeerIdentity }[] = []
  const takenOver: unknown[] = []
  const sink: CommandSink = {
    dispatch: () => undefined,
    takeOver: (...told) => takenOver.push(told),
    datagram: (to, payload, from) => {
      heard.push({ key: to, bytes: payload.length, from })
      return isThere
    },
    targetLost: () => undefined,
  }
  const lease = { holds: () => holds, leftMs: () => 1_000 }
  new LinkServer({ sink: () => sink, clock: new ManualTime(), lease, logger: silentLogger }).accept(link)
  const say = (type: Frame['type'], bytes: number) =>
    hear(commandFrame('', { type, correlation: 0, epoch: 3, payload: new Uint8Array(bytes) }))
  return { link, sent, heard, takenOver, say }
}

describe('a datagram', () => {
  for (const role of ['gateway', 'node', 'tool'] as const) {
    test(`of a ${role} is handed on, and answered by nothing`, () => {
      const { link, sent, heard, say } = serving(role)
      say(frameType.datagram, maxDatagramBytes)
      assert.deepEqual(heard, [{ key, bytes: maxDatagramBytes, from: link.peer }])
      assert.deepEqual(sent, [])
    })
  }

  for (const role of ['worker'] as const) {
    test(`of a ${role} is not heard`, () => {
      const { sent, heard, say } = serving(role)
      say(frameType.datagram, 1)
      assert.deepEqual([heard, sent], [[], []])
    })
  }

  test('larger than one may be is not heard', () => {
    const { sent, heard, say } = serving('node')
    say(frameType.datagram, maxDatagramBytes + 1)
    assert.deepEqual([heard, sent], [[], []])
  })

  test('is neither heard nor sent back by a node without its lease', () => {
    const { sent, heard, say } = serving('gateway', { isThere: false, holds: false })
    say(frameType.datagram, 1)
    assert.deepEqual([heard, sent], [[], []])
  })

  test('that finds nothing has its sender told that it went astray', () => {
    const { sent, say } = serving('gateway', { isThere: false })
    say(frameType.datagram, 1)
    assert.deepEqual(
      sent.map((frame) => [frame.type, frame.key, frame.payload.length]),
      [[frameType.stray, key, 0]],
    )
  })
})

describe('a hand-over', () => {
  test('is taken from a node, under the epoch that it names', () => {
    const { takenOver, say } = serving('node')
    say(frameType.handOver, 0)
    assert.deepEqual(takenOver, [[key, 3, 'peer-1']])
  })

  for (const role of ['gateway', 'worker', 'tool'] as const) {
    test(`is not taken from a ${role}`, () => {
      const { takenOver, say } = serving(role)
      say(frameType.handOver, 0)
      assert.deepEqual(takenOver, [])
    })
  }
})

describe('a link server', () => {
  test('answers under the number of the question', async () => {
    const { bench, link, answers } = await linked()
    link.send(commandFrame(command({ command: { type: 'add', by: 2 } })))
    await bench.time.advance(20)
    assert.deepEqual(answers(), [[frameType.result, 7, { status: 'ok', at: { epoch: 1, seq: 1 }, value: 2 }]])
  })

  test('takes nothing from a link any more when its process has gone over to another', async () => {
    const { bench, node, link, another } = await linked()
    const next = await another()
    const attach = (id: string) => command({ id, command: { type: 'attach', session: alice }, subscribe: alice })
    link.send(commandFrame(attach('c/1')))
    await bench.until('it is attached', () => node.positionOf(key)?.sessions === 1)
    next.send(commandFrame(attach('c/2')))
    await bench.time.advance(20)
    link.send(commandFrame(attach('c/3')))
    await bench.time.advance(20)
    link.close('done')
    await bench.time.advance(20)
    assert.equal(node.positionOf(key)?.sessions, 1)
    next.close('done')
    await bench.until('it is taken off with the link', () => (node.positionOf(key)?.sessions ?? 0) === 0)
  })

  for (const [what, payload] of [
    ['no JSON', '{"id":'],
    ['an envelope that lacks something', '{"id":"c/1"}'],
    ['a command id that is none', command({ id: 'with space' })],
    ['bytes that are no text', '\uD800'],
  ] as const) {
    test(`refuses ${what}, and goes on`, async () => {
      const { bench, link, answers, ends } = await linked()
      link.send(commandFrame(payload))
      link.send(commandFrame(command({}), { correlation: 8 }))
      await bench.time.advance(20)
      const [first, second] = answers()
      assert.deepEqual(first, [
        frameType.result,
        7,
        { status: 'rejected', at: { epoch: 0, seq: 0 }, code: 'VALIDATION_FAILED' },
      ])
      assert.deepEqual([second?.[1], (second?.[2] as CommandResult).status, ends], [8, 'ok', []])
    })
  }

  test('takes no notice of frames that are no commands, or are for nobody', async () => {
    const { bench, node, link, frames } = await linked()
    link.send(commandFrame(command({}), { key: '' as ActorKey }))
    link.send(commandFrame(command({}), { type: frameType.result }))
    await bench.time.advance(20)
    assert.deepEqual([frames.length, node.host.owned], [0, 0])
  })

  test('says that nobody owns an actor which is to be left asleep', async () => {
    const { bench, link, answers } = await linked()
    link.send(commandFrame(command({ activate: false })))
    await bench.time.advance(20)
    assert.deepEqual(answers(), [[frameType.notOwner, 7, { owner: null }]])
  })

  test('answers nothing once the lease is over', async () => {
    const { bench, link, frames } = await linked()
    bench.time.jump(2_600)
    link.send(commandFrame(command({})))
    await settle()
    await bench.time.advance(0)
    assert.deepEqual(frames, [])
  })

  test('refuses what has an answer too big for a frame', async () => {
    const { bench, link, answers } = await linked({
      definition: {
        ...tallyDefinition,
        decide: () => ({ events: [], changes: [], pushes: [], reply: { ok: 'x'.repeat(1_100_000) } }),
      },
    })
    link.send(commandFrame(command({})))
    await bench.time.advance(20)
    assert.deepEqual(answers(), [
      [frameType.result, 7, { status: 'rejected', at: { epoch: 1, seq: 0 }, code: 'TOO_LARGE' }],
    ])
  })

  test('keeps a link that takes in no more, and has its sessions attached anew once it does', async () => {
    const { bench, node, gateway } = await linked()
    await bench.done(gateway.carry(key, alice))
    bench.network.cut(gateway.facts.process, node.facts.process)
    const mood = 'x'.repeat(500_000)
    for (let number = 1; number <= 12; number += 1) {
      node.dispatch(key, { id: `m/${number}` as never, command: { type: 'mood', mood } })
      await settle()
    }
    assert.ok(node.shedPushes.includes('congested'))
    assert.equal(node.positionOf(key)?.sessions, 1)
    bench.network.heal(gateway.facts.process, node.facts.process)
    await bench.until('Alice is attached anew', () => gateway.pushedTo(alice, 'snapshot').length === 2, 2_000)
    assert.equal(node.accepted.length, 2, 'no link was made anew')
    const before = gateway.pushedTo(alice, 'mood').length
    node.dispatch(key, { id: 'm/13' as never, command: { type: 'mood', mood: 'calm' } })
    await bench.until('she hears the next one', () => gateway.pushedTo(alice, 'mood').length === before + 1, 2_000)
  })

  test('has sessions attached anew to the life of the actor that the last push was of which the link did not take', () => {
    const sent: Frame[] = []
    const heard: Record<string, (told: never) => void> = {}
    let isFull = true
    const link = {
      peer: { process: 'gateway-1', incarnation: 'life-1', role: 'gateway' },
      send: (frame: Frame) => (frame.lane === 0 || !isFull ? sent.push(frame) > 0 : false),
      onFrame: (listener: (frame: never) => void) => (heard['frame'] = listener),
      onRelief: (listener: () => void) => (heard['relief'] = listener),
      onClose: () => undefined,
    } as unknown as PeerLink
    const targets: PushTarget[] = []
    const sink: CommandSink = {
      dispatch: (_, { subscribe }) => subscribe && targets.push(subscribe.target),
      takeOver: () => undefined,
      datagram: () => false,
      targetLost: () => undefined,
    }
    const lease = { holds: () => true, leftMs: () => 1_000 }
    const server = new LinkServer({ sink: () => sink, clock: new ManualTime(), lease, logger: silentLogger })
    server.accept(link)
    heard['frame']?.(commandFrame(command({ subscribe: alice })) as never)
    const [target] = targets
    assert.ok(target)
    // The actor is loaded again meanwhile, and Alice attached to that life by an answer that went ahead of all pushes.
    for (const epoch of [1, 2])
      target.push(key, { to: [alice], body: { type: 'events', events: [] } }, { epoch, seq: 1 })
    isFull = false
    heard['relief']?.(undefined as never)
    assert.deepEqual(
      sent.map(({ type, epoch }) => [type, epoch]),
      [[frameType.dropped, 2]],
    )
  })

  test('says of a push larger than a frame that it was, and keeps the link', async () => {
    const { bench, node, gateway } = await linked({
      definition: { ...tallyDefinition, welcome: () => 'x'.repeat(1_100_000) },
    })
    await bench.done(gateway.carry(key, alice))
    await bench.until('Alice is told', () => gateway.pushedTo(alice, 'too_large').length === 1, 2_000)
    node.dispatch(key, { id: 'm/1' as never, command: { type: 'mood', mood: 'gay' } })
    await bench.until('she hears the next one', () => gateway.pushedTo(alice, 'mood').length === 1, 2_000)
    assert.equal(gateway.pushedTo(alice, 'snapshot').length, 0)
    assert.equal(node.accepted.length, 2, 'no link was made anew')
  })
})
