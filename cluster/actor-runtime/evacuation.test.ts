import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { actorKey, type ProcessId } from '../../protocol/ids.ts'
import { ManualTime } from '../../test/support/manual-time.ts'
import { silentLogger } from '../../test/support/silent-logger.ts'
import { upMember } from '../../test/support/specimens.ts'
import type { Member } from '../membership/port.ts'
import { LeaseView } from '../membership/view.ts'
import { createPlacement } from '../placement/rendezvous.ts'
import { firstHeir } from './drain.ts'
import { evacuateWithoutRecord } from './evacuation.ts'

const self = 'node-1' as ProcessId
const viewOf = (...states: Member['state'][]) =>
  new LeaseView(
    1,
    states.map((state, index) => upMember(`node-${index + 1}`, { state })),
  )

describe('a node without the record', () => {
  async function runs(awayMs: number, ...states: Member['state'][]) {
    const time = new ManualTime()
    const asked: unknown[] = []
    const drain = {
      isOn: false,
      run: (options?: unknown) => {
        asked.push(options)
        return Promise.resolve({ moved: 0, rested: 0, left: 0 })
      },
    }
    const stop = evacuateWithoutRecord({
      ...{ self, record: { awayMs }, drain, view: () => viewOf(...states), timers: time, logger: silentLogger },
    })
    await time.advance(1_000)
    stop()
    return asked
  }

  test('hands its actors on after ten seconds, those that nobody is attached to as well', async () => {
    assert.deepEqual(await runs(10_000, 'recordless', 'up'), [{ rests: false }])
    assert.deepEqual(await runs(9_999, 'recordless', 'up'), [])
  })

  test('hands them to one that is busy rather than keep them', async () => {
    assert.equal((await runs(10_000, 'recordless', 'refusing')).length, 1)
  })

  for (const state of ['recordless', 'joining', 'draining'] as const) {
    test(`keeps them where every other node is ${state}`, async () => {
      assert.deepEqual(await runs(60_000, 'recordless', state), [])
    })
  }
})

test('the heir of an actor is one that is free, else one with its share, else one that is busy, never one that cannot write', async () => {
  const placement = await createPlacement()
  const heirs = (...states: Member['state'][]) =>
    firstHeir(actorKey('room', 'a'), placement, viewOf('draining', ...states), self, null)?.process ?? null
  assert.equal(heirs('refusing', 'up'), 'node-3')
  assert.equal(heirs('refusing', 'recordless'), 'node-2')
  assert.equal(heirs('recordless', 'joining'), null)
})

test('the heir of an actor is rather on another machine, and rather in the region of the actor', async () => {
  const placement = await createPlacement()
  const nodes = ['node-1', 'node-2', 'node-3', 'node-4'].map((name, index) =>
    upMember(name, { hostLabel: index < 2 ? 'one' : 'two', region: index % 2 === 0 ? 'east' : 'west' }),
  )
  const heir = (region: string | null, of = nodes) =>
    firstHeir(actorKey('room', 'a'), placement, new LeaseView(1, of), self, region)?.process
  assert.ok(['node-3', 'node-4'].includes(heir(null)!))
  assert.equal(heir('west'), 'node-4')
  assert.equal(heir('east'), 'node-3')
  assert.equal(heir('west', nodes.slice(0, 3)), 'node-2')
})
