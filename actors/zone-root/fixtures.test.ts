import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { decoder } from '../../protocol/codec.ts'
import { ZoneEvent } from '../../protocol/zone/events.ts'
import { zoneKey } from '../../protocol/zone/plan.ts'
import { zoneDefinition as definition } from './actor.ts'
import { zoneId } from './zone-root.kit.ts'

/*
 * FROZEN: the fixtures are a journal and a snapshot as version 1 wrote them. When a test here fails, zones in the field can no longer
 * be read: mend the code, never the fixture.
 */
const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../protocol/fixtures/${name}`, import.meta.url), 'utf8'))

const key = zoneKey(zoneId)
const journal = fixture('zone-events-v1.json') as readonly {
  readonly at_ms: number
  readonly event: { readonly type: string }
}[]

describe('a journal of version 1', () => {
  test('holds every type of event that this version knows', () => {
    const { oneOf } = ZoneEvent as unknown as { oneOf: readonly { properties: { type: { const: string } } }[] }
    const known = oneOf.map((branch) => branch.properties.type.const)
    assert.deepEqual([...new Set(journal.map(({ event }) => event.type))].sort(), [...known].sort())
  })

  test('is still read, each event as it stands, and leads to what the snapshot holds', () => {
    const decode = decoder(ZoneEvent)
    const state = journal.reduce((before, { at_ms: atMs, event }, index) => {
      assert.deepEqual(decode(event), event)
      return definition.evolve(before, definition.decodeEvent(event), { key, epoch: 1, seq: index + 1, part: 0, atMs })
    }, definition.initial(key))
    assert.deepEqual(definition.toSnapshot(state), fixture('zone-snapshot-v1.json'))
  })
})

test('a snapshot of version 1 is still read, and one of another version is refused', () => {
  const kept = fixture('zone-snapshot-v1.json') as object
  assert.deepEqual(definition.toSnapshot(definition.fromSnapshot(key, kept)), kept)
  assert.throws(() => definition.fromSnapshot(key, { ...kept, v: 2 }), { code: 'VALIDATION_FAILED' })
})
