import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { AppError } from '../../protocol/errors.ts'
import type { RoomId, SessionId, UserId } from '../../protocol/ids.ts'
import { CarriedSession, type SessionCarrier } from './session-table.ts'
import { TransmitTarget, type WantedTarget } from './transmit-target.ts'

const names = ['party', 'guild', 'raid'] as const
type Name = (typeof names)[number]

const session = (name: string, from?: Name) =>
  new CarriedSession(
    {
      id: `s-${name}` as SessionId,
      roomId: name as RoomId,
      userId: 'ann' as UserId,
      speaksFrom: from ? room(from) : null,
    },
    {} as SessionCarrier,
    { epoch: 0, seq: 0 },
  )

/** A connection in three rooms, in those of `from` only to speak into them. `says` is what a room answers; what each was told is kept, in order. */
function connection(from: Partial<Record<Name, Name>> = {}) {
  const sessions = names.map((name) => session(name, from[name]))
  const target = new TransmitTarget()
  const told: string[] = []
  const refuses = new Map<Name, AppError>()
  const of = (name: Name) => sessions[names.indexOf(name)] as CarriedSession
  const ask = (name: Name, wanted: WantedTarget) =>
    target.change(
      of(name),
      () => sessions.filter((other) => other !== of(name)),
      wanted,
      async ({ roomId, transmit }) => {
        await Promise.resolve()
        told.push(`${roomId} ${transmit?.to}`)
        const refusal = refuses.get(roomId as unknown as Name)
        if (refusal) throw refusal
        return 'done'
      },
    )
  const now = () => sessions.map(({ transmit }) => transmit?.to ?? null)
  return { target, told, refuses, ask, now }
}
const room = (name: Name) => name as unknown as RoomId

describe('the target of a microphone', () => {
  test('is every room until one is named, then that one alone', async () => {
    const { target, ask, now, told } = connection()
    assert.equal(target.ofNew(session('party')), null)
    await ask('party', { to: 'room' })
    assert.deepEqual(now(), ['room', 'none', 'none'])
    assert.deepEqual(told, ['party room', 'guild none', 'raid none'])
    await ask('raid', { to: 'whisper', users: ['bob' as UserId] })
    assert.deepEqual(now(), ['none', 'none', 'whisper'])
    assert.deepEqual(target.ofNew(session('later')), { to: 'none' })
    await ask('guild', { to: 'all' })
    assert.deepEqual(now(), ['room', 'room', 'room'])
  })

  test('is one at a time, however fast it is changed', async () => {
    const { ask, now, told } = connection()
    await Promise.all([ask('party', { to: 'room' }), ask('guild', { to: 'room' }), ask('raid', { to: 'room' })])
    assert.deepEqual(now(), ['none', 'none', 'room'])
    for (const name of names)
      assert.equal(
        told.findLast((text) => text.startsWith(name)),
        `${name} ${name === 'raid' ? 'room' : 'none'}`,
      )
  })

  test('stays where it was when the room refuses', async () => {
    const { ask, now, refuses } = connection()
    await ask('party', { to: 'room' })
    refuses.set('guild', new AppError('FORBIDDEN'))
    await assert.rejects(ask('guild', { to: 'whisper', users: ['bob' as UserId] }), { code: 'FORBIDDEN' })
    assert.deepEqual(now(), ['room', 'none', 'none'])
  })

  test('is said again when one of the others could not be told', async () => {
    const { ask, now, refuses } = connection()
    refuses.set('guild', new AppError('MAILBOX_FULL'))
    await assert.rejects(ask('party', { to: 'room' }), { code: 'MAILBOX_FULL' })
    refuses.set('guild', new AppError('SESSION_NOT_FOUND'))
    await ask('party', { to: 'room' })
    assert.deepEqual(now(), ['room', 'none', 'none'])
  })

  test('is nobody once the room is left, and all of them again once no room is left', async () => {
    const { target, ask } = connection()
    await ask('party', { to: 'room' })
    target.left(room('guild'), 2)
    assert.deepEqual(target.ofNew(session('party')), { to: 'room' })
    target.left(room('party'), 1)
    assert.deepEqual(target.ofNew(session('guild')), { to: 'none' })
    target.left(room('raid'), 0)
    assert.equal(target.ofNew(session('guild')), null)
  })

  test('is a room into which one only speaks together with the one it is linked to, and never by being in all', async () => {
    const { target, ask, now } = connection({ party: 'raid', guild: 'raid' })
    assert.deepEqual(target.ofNew(session('later', 'raid')), { to: 'none' })
    await ask('raid', { to: 'linked' })
    assert.deepEqual(now(), ['room', 'room', 'room'])
    assert.deepEqual(target.ofNew(session('later', 'raid')), { to: 'room' })
    assert.deepEqual(target.ofNew(session('later')), { to: 'none' })
    await ask('raid', { to: 'room' })
    assert.deepEqual(now(), ['none', 'none', 'room'])
    await ask('raid', { to: 'all' })
    assert.deepEqual(now(), ['none', 'none', 'room'])
    await ask('party', { to: 'room' })
    assert.deepEqual(now(), ['room', 'none', 'none'])
  })

  test('names users for a whisper, and for nothing else', async () => {
    const { ask } = connection()
    await assert.rejects(ask('party', { to: 'whisper' }), { code: 'VALIDATION_FAILED' })
    await assert.rejects(ask('party', { to: 'room', users: ['bob' as UserId] }), { code: 'VALIDATION_FAILED' })
  })
})
