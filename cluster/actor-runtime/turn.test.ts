import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commandId, type ActorKey } from '../../protocol/ids.ts'
import type { AnyDefinition, EventContext } from './definition.ts'
import { takeTurn } from './turn.ts'

test('each event of a command is written with its place: the entry’s own, and its part in it', () => {
  const places: Pick<EventContext, 'epoch' | 'seq' | 'part'>[] = []
  const definition = {
    decide: () => ({ events: ['a', 'b', 'c'], changes: [], reply: { ok: null }, pushes: [] }),
    evolve: (state: unknown) => state,
    writes: (_event: unknown, _after: unknown, { epoch, seq, part }: EventContext) => {
      places.push({ epoch, seq, part })
      return []
    },
    publish: () => null,
    counts: () => [],
  } as unknown as AnyDefinition<never>
  const input = { key: 'room:1' as ActorKey, epoch: 4, seq: 9, commandId: commandId('test', 1), nowMs: 0 }
  const { entry } = takeTurn(definition, null, null, input)
  assert.equal(entry?.seq, 10)
  assert.deepEqual(
    places,
    [0, 1, 2].map((part) => ({ epoch: 4, seq: 10, part })),
  )
})
