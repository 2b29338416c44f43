import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CommandResult } from '../../protocol/cluster/results.ts'
import type { SanctionScope } from '../../protocol/workflows.ts'
import { sanctionExpirer } from './sanction-expirer.ts'

const id = '5a0c7a4e-7f0c-4a52-9d39-6a5a3b9d0c11'

function expirer(result: CommandResult) {
  const asked: [string, unknown][] = []
  const router = {
    ask: (key: string, command: unknown) => {
      asked.push([key, command])
      return Promise.resolve(result)
    },
  }
  const guest = { epochOf: () => assert.fail('there is an owner'), write: () => assert.fail('there is an owner') }
  const expire = (scope: SanctionScope, scopeId: string) =>
    sanctionExpirer({ router, guest }).expire({
      ...{ ref: { kind: 'ban', scope, scopeId, userId: 'eve' }, generation: 3, commandId: 'workflow/3/1' },
    })
  return { asked, expire }
}

test('a sanction is ended by the actor that holds it: of the room, the zone, the guild or the whole service', async () => {
  const { asked, expire } = expirer({
    ...{ status: 'ok', at: { epoch: 1, seq: 1 }, value: { lifted: true, not_before_ms: null } },
  })
  const scopes = [
    ['room', id, `room:${id}`],
    ['zone', id, `zone:${id}`],
    ['guild', 'g1', 'sanctions:guild:g1'],
    ['global', 'all', 'sanctions:global:all'],
  ] as const
  for (const [scope, scopeId, key] of scopes) {
    assert.deepEqual(await expire(scope, scopeId), { lifted: true, notBeforeMs: null })
    const command = { type: 'expire', kind: 'ban', target_user_id: 'eve', generation: 3, clock: 'workflow' }
    assert.deepEqual(asked.at(-1), [key, command])
  }
})

test('in a room or zone that is over, nothing is left to end', async () => {
  for (const code of ['ROOM_CLOSED', 'ROOM_NOT_FOUND', 'ZONE_CLOSED', 'ZONE_NOT_FOUND'] as const) {
    const { expire } = expirer({ status: 'rejected', at: { epoch: 1, seq: 1 }, code })
    assert.deepEqual(await expire('zone', id), { lifted: false, notBeforeMs: null })
  }
})
