import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, test } from 'node:test'
import type { Incarnation, ProcessId } from '../../protocol/ids.ts'
import type { ProcessRole } from '../membership/port.ts'
import { encodeFrame } from './frame-codec.ts'
import {
  DialerHandShake,
  ListenerHandShake,
  maxHandShakeBytes,
  type HandShake,
  type HandShakeStep,
  type LinkSelf,
} from './hand-shake.ts'
import { frameType, type Frame } from './port.ts'

const someone = (process: string, role: ProcessRole, protocol = { min: 1, max: 1 }): LinkSelf => ({
  process: process as ProcessId,
  incarnation: randomUUID() as Incarnation,
  role,
  protocol,
})

const gateway = someone('gateway-1', 'gateway')
const node = someone('node-1', 'node')
const dialer = (self = gateway, secret = 'secret', target = node) => new DialerHandShake(self, () => secret, target)
const listener = (self = node, secret = 'secret') => new ListenerHandShake(self, () => secret)

/** Lets two sides talk until neither has anything to say; what each came to. `tamper` may change what is on the way. */
function shake(a: HandShake, b: HandShake, tamper: (frame: Frame) => Frame = (frame) => frame) {
  const seen: HandShakeStep[][] = [[], []]
  const sides = [a, b]
  const play = (side: number, step: HandShakeStep): void => {
    seen[side]!.push(step)
    if (step.send) play(1 - side, sides[1 - side]!.next(tamper(step.send)))
  }
  play(0, a.begin())
  const outcome = (steps: HandShakeStep[]) => steps.find(({ peer, failed }) => peer ?? failed)
  return {
    dialer: outcome(seen[0]!),
    listener: outcome(seen[1]!),
    frames: seen.flat().flatMap(({ send }) => send ?? []),
  }
}

const identity = ({ process, incarnation, role }: LinkSelf) => ({ process, incarnation, role })
const rewrite = (frame: Frame, change: (body: Record<string, unknown>) => object): Frame => ({
  ...frame,
  payload: Buffer.from(
    JSON.stringify(change(JSON.parse(Buffer.from(frame.payload).toString()) as Record<string, unknown>)),
  ),
})

test('two that share the secret know each other after four small frames', () => {
  const outcome = shake(dialer(), listener())
  assert.deepEqual(outcome.dialer?.peer, identity(node))
  assert.deepEqual(outcome.listener?.peer, identity(gateway))
  assert.deepEqual(
    outcome.frames.map(({ type }) => type).sort((a, b) => a - b),
    [frameType.hello, frameType.hello, frameType.challenge, frameType.welcome],
  )
  for (const frame of outcome.frames) assert.ok(encodeFrame(frame).length < maxHandShakeBytes / 4)
})

test('another secret is noticed by the dialer, and the listener admits nobody', () => {
  const outcome = shake(dialer(gateway, 'another'), listener())
  assert.equal(outcome.dialer?.failed, 'not_authentic')
  assert.equal(outcome.listener, undefined)
})

test('a dialer that cannot prove the secret is refused', () => {
  const guess = listener()
  const hello = dialer().begin().send!
  guess.next(hello)
  const proof = rewrite(hello, () => ({ mac: 'ab'.repeat(32) }))
  assert.deepEqual(guess.next(proof), { failed: 'not_authentic' })
})

test("a listener's own proof, sent back, proves nothing", () => {
  const mirror = listener()
  const hello = dialer().begin().send!
  const challenge = mirror.next(hello).send!
  const proof = rewrite({ ...challenge, type: frameType.hello }, ({ mac }) => ({ mac }))
  assert.deepEqual(mirror.next(proof), { failed: 'not_authentic' })
})

test('a proof that was overheard is of no use in another hand-shake', () => {
  const overheard = shake(dialer(), listener()).frames.filter(({ type }) => type === frameType.hello)
  const second = listener()
  second.next(overheard[0]!)
  assert.deepEqual(second.next(overheard[1]!), { failed: 'not_authentic' })
})

test('what either says of itself cannot be changed on the way', () => {
  for (const type of [frameType.hello, frameType.challenge]) {
    const outcome = shake(dialer(), listener(), (frame) =>
      frame.type === type ? rewrite(frame, (body) => ('role' in body ? { ...body, role: 'relay' } : body)) : frame,
    )
    assert.equal(outcome.dialer?.failed, 'not_authentic')
    assert.equal(outcome.listener?.peer, undefined)
  }
})

test('another life of the process is not who was meant, and both sides say so', () => {
  const outcome = shake(dialer(gateway, 'secret', someone('node-1', 'node')), listener())
  assert.equal(outcome.dialer?.failed, 'wrong_incarnation')
  assert.equal(outcome.listener?.failed, 'wrong_incarnation')
})

describe('two versions, either of which may dial', () => {
  const range = (min: number, max: number) => ({ min, max })
  const pairs: readonly (readonly [string, ReturnType<typeof range>, ReturnType<typeof range>, number | null])[] = [
    ['the same build on both ends', range(1, 1), range(1, 1), 1],
    ['an old one and the next, which still speaks its version', range(1, 1), range(1, 2), 1],
    ['two that both speak several versions: the highest', range(1, 3), range(2, 4), 3],
    ['one whose versions lie within the other one’s', range(1, 5), range(2, 3), 3],
    ['an old one and one that forgot its version', range(1, 1), range(2, 3), null],
  ]
  for (const [name, older, newer, expected] of pairs) {
    for (const [dials, listens] of [
      [older, newer],
      [newer, older],
    ] as const) {
      test(`${name}: ${dials.min}-${dials.max} dials ${listens.min}-${listens.max}`, () => {
        const target = someone('node-1', 'node', listens)
        const outcome = shake(dialer(someone('gateway-1', 'gateway', dials), 'secret', target), listener(target))
        if (expected === null) {
          assert.deepEqual([outcome.dialer?.failed, outcome.listener?.failed], ['protocol', 'protocol'])
          assert.ok(outcome.frames.every(({ type }) => type !== frameType.welcome))
        } else {
          assert.deepEqual([outcome.dialer?.protocol, outcome.listener?.protocol], [expected, expected])
          const last = outcome.frames.find(({ type }) => type === frameType.welcome)!
          assert.equal(Buffer.from(last.payload).toString(), `{"protocol":${expected}}`)
        }
      })
    }
  }

  test('a range cannot be narrowed on the way to force an old version', () => {
    const [gateway2, node2] = [someone('gateway-1', 'gateway', range(1, 2)), someone('node-1', 'node', range(1, 2))]
    const outcome = shake(dialer(gateway2, 'secret', node2), listener(node2), (frame) =>
      rewrite(frame, (body) => ('nonce' in body ? { ...body, protocol: range(1, 1) } : body)),
    )
    assert.equal(outcome.dialer?.failed, 'not_authentic')
    assert.equal(outcome.listener?.peer, undefined)
  })

  test('fields that a later version adds are passed over', () => {
    const outcome = shake(dialer(), listener(), (frame) => rewrite(frame, (body) => ({ ...body, region: 'eu' })))
    assert.deepEqual(outcome.dialer?.peer, identity(node))
    assert.deepEqual(outcome.listener?.peer, identity(gateway))
  })
})

test('what is out of turn or says nothing known ends the hand-shake', () => {
  const push: Frame = { ...dialer().begin().send!, type: frameType.push }
  assert.deepEqual(dialer().next(push), { failed: 'protocol' })
  assert.deepEqual(listener().next(push), { failed: 'protocol' })
  const garbage: Frame = { ...push, type: frameType.hello, payload: Buffer.from('{"process":') }
  assert.deepEqual(listener().next(garbage), { failed: 'protocol' })
  assert.deepEqual(dialer().next({ ...garbage, type: frameType.challenge }), { failed: 'protocol' })
  assert.deepEqual(dialer().next({ ...garbage, type: frameType.welcome }), { failed: 'protocol' })
})
