import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { commandId, type RoomId, type SessionId, type UserId } from '../protocol/ids.ts'
import type { RoomCommand } from '../protocol/room/commands.ts'
import type { WiderSanction } from '../protocol/sanctions/scope.ts'
import { ok, rejected, ScriptedRouter, type Answer } from '../test/support/scripted-router.ts'
import { Door } from './door.ts'
import { Rooms } from './rooms.ts'

const roomId = '7b0c6d0e-2a57-4c0b-9c0e-3f1a5d7e9b01' as RoomId
const eve = 'eve' as UserId
const join: Extract<RoomCommand, { type: 'join' }> = {
  type: 'join',
  by: { user_id: eve, privileges: [] },
  ...{ user_id: eve, username: 'Eve', session_id: '11111111-1111-4111-8111-111111111111' as SessionId },
  password_hash: null,
}
const options = { commandId: commandId('c', 1) }
const mute: WiderSanction = { scope: 'guild', kind: 'mute', generation: 1, until_ms: null }

/** A door to a room that answers so, one after another, behind a record that tells this at each reading. */
function bench(answers: readonly Answer[], readings: readonly (readonly WiderSanction[] | Error)[]) {
  const router = new ScriptedRouter()
  const left = [...answers]
  router.on('join', () => left.shift() ?? rejected('INTERNAL'))
  let read = 0
  const sanctions = {
    widerOn: () => {
      const told = readings[Math.min(read, readings.length - 1)] ?? []
      read += 1
      return told instanceof Error ? Promise.reject(told) : Promise.resolve(told)
    },
  }
  return { router, door: new Door({ rooms: new Rooms(router), sanctions }) }
}
const seat = ok({ session_id: join.session_id, role: 'member', snapshot: null })

describe('the door', () => {
  test('hands the room what the record tells of the user, and nothing where there is nothing', async () => {
    for (const [told, sent] of [
      [[mute], [mute]],
      [[], undefined],
    ] as const) {
      const { router, door } = bench([seat], [told])
      await door.join(roomId, join, options)
      assert.deepEqual(
        router.ofType('join').map(({ command }) => command.wider),
        [sent],
      )
    }
  })

  test('asks again with what the record tells by then, under the same id, where that changed meanwhile', async () => {
    const { router, door } = bench([rejected('SANCTIONS_CHANGED'), seat], [[], [mute]])
    assert.deepEqual((await door.join(roomId, join, options)).value.session_id, join.session_id)
    assert.deepEqual(
      router.ofType('join').map(({ command, options: { commandId: id } }) => [command.wider, id]),
      [
        [undefined, 'c/1'],
        [[mute], 'c/1'],
      ],
    )
  })

  test('gives up on a record that changes under every try, and says that it may be tried again', async () => {
    const { router, door } = bench(
      Array.from({ length: 9 }, () => rejected('SANCTIONS_CHANGED')),
      [[]],
    )
    await assert.rejects(door.join(roomId, join, options), { code: 'SANCTIONS_CHANGED' })
    assert.equal(router.ofType('join').length, 4)
  })

  test('hands on every other refusal, and lets nobody in while the record cannot be read', async () => {
    await assert.rejects(bench([rejected('BANNED')], [[]]).door.join(roomId, join, options), { code: 'BANNED' })
    const away = bench([seat], [new Error('connection lost')])
    await assert.rejects(away.door.join(roomId, join, options), { code: 'RETRY_LATER' })
    assert.equal(away.router.asked.length, 0)
  })
})
