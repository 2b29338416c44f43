import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LoadedActor } from '../../persistence/journal/port.ts'
import { ManualTime } from '../../test/support/manual-time.ts'
import { tallyDefinition } from '../../test/support/tally-actor.ts'
import { actorKey, commandId } from '../../protocol/ids.ts'
import { JournalReader } from './journal-reader.ts'

const key = actorKey('tally', '1')
const entry = (seq: number, by: number) => ({
  key,
  epoch: 4,
  seq,
  commandId: commandId('test', seq),
  atMs: 0,
  events: [{ type: 'added', by }],
  reply: null,
})

const readerOf = (loaded: LoadedActor) =>
  new JournalReader({
    definitions: [tallyDefinition],
    journal: { load: () => Promise.resolve(loaded) },
    clock: new ManualTime(),
  })

test('a read is answered from the entries, at their position', async () => {
  const reader = readerOf({ epoch: 5, snapshot: null, tail: [entry(1, 3), entry(2, 4)] })
  const result = await reader.read(key, { type: 'read' })
  assert.deepEqual(result.status === 'ok' && result.at, { epoch: 5, seq: 2 })
  assert.match(JSON.stringify(result), /7/)
})

test('an actor that never was is answered at epoch 0', async () => {
  const result = await readerOf({ epoch: 0, snapshot: null, tail: [] }).read(key, { type: 'read' })
  assert.deepEqual(result.status === 'ok' && result.at, { epoch: 0, seq: 0 })
})

test('a command that would change something is an error, and so is a kind that nobody knows', async () => {
  const reader = readerOf({ epoch: 1, snapshot: null, tail: [] })
  await assert.rejects(reader.read(key, { type: 'add', by: 1 }), /would have changed it/)
  await assert.rejects(reader.read(actorKey('rumour', '1'), { type: 'read' }), /no actor of kind rumour/)
})

test('a refusal keeps its code', async () => {
  const result = await readerOf({ epoch: 1, snapshot: null, tail: [] }).read(key, { type: 'add', by: 1_000 })
  assert.deepEqual(result, { status: 'rejected', at: { epoch: 1, seq: 0 }, code: 'FORBIDDEN', data: { most: 100 } })
})
