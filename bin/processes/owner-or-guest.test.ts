import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { CommandResult } from '../../protocol/cluster/results.ts'
import { actorKey, commandId } from '../../protocol/ids.ts'
import { ownerOrGuest } from './owner-or-guest.ts'

const key = actorKey('room', 'one')
const id = commandId('workflow', 1)
const noOwner: CommandResult = { status: 'retry_after', code: 'NO_OWNER', afterMs: 0 }
const done: CommandResult = { status: 'ok', at: { epoch: 8, seq: 1 }, value: 'by the owner' }
const written: CommandResult = { status: 'ok', at: { epoch: 8, seq: 1 }, value: 'by the guest' }

/** Answers as the router would, one after another; and what was done. */
function reached(answers: readonly CommandResult[]) {
  const steps: unknown[] = []
  const left = [...answers]
  return {
    steps,
    router: {
      ask: () => {
        steps.push('ask')
        return Promise.resolve(left.shift() ?? noOwner)
      },
    },
    guest: {
      epochOf: () => {
        steps.push('epoch')
        return Promise.resolve(7)
      },
      write: (_key: unknown, _id: unknown, _command: unknown, asOf?: number) => {
        steps.push(['write', asOf])
        return Promise.resolve(written)
      },
    },
  }
}

describe('a command for the owner, or for nobody', () => {
  test('goes to the owner', async () => {
    const rooms = reached([done])
    assert.deepEqual(await ownerOrGuest(rooms, key, id, {}), done)
    assert.deepEqual(rooms.steps, ['ask'])
  })

  test('is written as of the epoch in front of the last time that nobody was there', async () => {
    const rooms = reached([noOwner, noOwner])
    assert.deepEqual(await ownerOrGuest(rooms, key, id, {}), written)
    assert.deepEqual(rooms.steps, ['ask', 'epoch', 'ask', ['write', 7]])
  })

  test('goes to the owner that came meanwhile', async () => {
    const rooms = reached([noOwner, done])
    assert.deepEqual(await ownerOrGuest(rooms, key, id, {}), done)
    assert.deepEqual(rooms.steps, ['ask', 'epoch', 'ask'])
  })
})
