import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { actorKey } from '../../protocol/ids.ts'
import { ManualTime } from '../../test/support/manual-time.ts'
import { upMember } from '../../test/support/specimens.ts'
import type { Member } from '../membership/port.ts'
import { LeaseView } from '../membership/view.ts'
import { createPlacement } from '../placement/rendezvous.ts'
import { handHome } from './homing.ts'

const placement = await createPlacement()
const self = upMember('node-1', { region: 'east' })
const key = actorKey('room', 'a')

describe('a node with an actor of another region', () => {
  /** Whom the actor is handed to within three seconds. */
  async function heirs(homeRegion: string | null, others: readonly Member[], sinceMs = 0): Promise<string[]> {
    const time = new ManualTime()
    await time.advance(5_000)
    const asked: string[] = []
    const stop = handHome({
      ...{ self, placement, clock: time, timers: time },
      host: { actors: () => [{ key, homeRegion, sinceMs: time.monotonicMs() - sinceMs }] },
      view: () => new LeaseView(1, [self, ...others]),
      handOffs: {
        handOff: (_key, heir, cause) => {
          asked.push(`${heir.process} ${cause}`)
          return new Promise(() => undefined)
        },
      },
    })
    await time.advance(3_000)
    stop()
    return asked
  }

  const west = upMember('node-2', { region: 'west' })

  test('hands it to one inside, once', async () => {
    assert.deepEqual(await heirs('west', [west, upMember('node-3', { region: 'north' })]), ['node-2 region'])
  })

  test('keeps what belongs here, or anywhere', async () => {
    assert.deepEqual(await heirs('east', [west]), [])
    assert.deepEqual(await heirs(null, [west]), [])
  })

  test('keeps it where nobody of its region takes actors', async () => {
    assert.deepEqual(await heirs('west', [upMember('node-2', { region: 'north' })]), [])
    for (const state of ['draining', 'joining', 'refusing', 'recordless'] as const) {
      assert.deepEqual(await heirs('west', [{ ...west, state }]), [], state)
    }
  })

  test('keeps one that came long ago: rooms are not moved back and forth as nodes come and go', async () => {
    assert.deepEqual(await heirs('west', [west], 10_000), [])
  })
})
