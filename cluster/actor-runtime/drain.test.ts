import assert from 'node:assert/strict'
import { test } from 'node:test'
import { actorKey } from '../../protocol/ids.ts'
import { ManualTime } from '../../test/support/manual-time.ts'
import { silentLogger } from '../../test/support/silent-logger.ts'
import { upMember } from '../../test/support/specimens.ts'
import { LeaseView } from '../membership/view.ts'
import { createPlacement } from '../placement/rendezvous.ts'
import { Drain } from './drain.ts'

const placement = await createPlacement()
const view = new LeaseView(1, [upMember('node-1'), upMember('node-2')])

/** A node with so many actors, one of which is handed on at a time; each hand-off takes a second. */
function drained(actors: number) {
  const time = new ManualTime()
  const here = new Set(Array.from({ length: actors }, (_, index) => actorKey('tally', `${index}`)))
  const drain = new Drain({
    ...{ self: upMember('node-1').process, placement, clock: time, logger: silentLogger, atOnce: 1, withinMs: 10_000 },
    host: {
      actors: () => [...here].map((key) => ({ key, sessions: 1, homeRegion: null })),
      letRest: () => Promise.resolve(false),
    },
    membership: { view: () => view, refresh: () => Promise.resolve(view) },
    handOffs: {
      handOff: async (key) => {
        await new Promise<void>((resolve) => void time.after(1_000, resolve))
        return here.delete(key) ? ('moved' as const) : ('kept' as const)
      },
    },
  })
  return { time, drain, here }
}

test('a drain that begins while another is under way has its own time, and goes on when that one ends', async () => {
  const { time, drain, here } = drained(15)
  const first = drain.run()
  await time.advance(8_500)
  const second = drain.run()
  await time.advance(2_000)
  assert.equal((await first).moved, 10)
  assert.equal(drain.isOn, true)
  await time.advance(9_000)
  assert.equal((await second).left, 0)
  assert.deepEqual([here.size, drain.isOn], [0, false])
})

test('a drain that is called off ends, and does not go on with the one that is ordered next', async () => {
  const { time, drain, here } = drained(5)
  const first = drain.run()
  await time.advance(1_500)
  drain.callOff()
  assert.equal(drain.isOn, false)
  const second = drain.run()
  await time.advance(1_000)
  assert.equal((await first).moved, 2)
  await time.advance(8_000)
  assert.equal((await second).left, 0)
  assert.equal(here.size, 0)
})
