import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
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
const dialer = (self = gateway, secret = 'secret', target = node) => new DialerHandShake(self, secret, target)
const listener = (self = node, secret = 'secret') => new ListenerHandShake(self, secret)

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

test('the highest version that both speak is spoken; without one there is no link', () => {
  const speaks = (min: number, max: number) => someone('node-1', 'node', { min, max })
  const newer = speaks(2, 3)
  const welcome = shake(dialer(someone('gateway-1', 'gateway', { min: 1, max: 2 }), 'secret', newer), listener(newer))
  const last = welcome.frames.find(({ type }) => type === frameType.welcome)!
  assert.equal(Buffer.from(last.payload).toString(), '{"protocol":2}')
  const outcome = shake(dialer(gateway, 'secret', newer), listener(newer))
  assert.equal(outcome.dialer?.failed, 'protocol')
  assert.equal(outcome.listener?.failed, 'protocol')
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
