import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createPlacement } from '../../cluster/index.ts'
import { MemoryCluster } from '../../cluster/membership/memory-cluster.ts'
import type { EpochGrant } from '../../persistence/history/port.ts'
import { roomKey, type RoomId } from '../../protocol/ids.ts'
import { ManualTime } from '../support/manual-time.ts'
import { memberFacts } from '../support/specimens.ts'
import { createClusterPage, type ActorHere, type ClusterPageDeps } from '../../bin/cluster-page.ts'

const roomId = '11111111-1111-4111-8111-111111111111' as RoomId
const key = roomKey(roomId)
const [node, other] = [memberFacts('node-1'), memberFacts('node-2')]
const grant = (epoch: number): EpochGrant => {
  const { process, incarnation } = node
  return { key, epoch, process, incarnation, cause: 'claimed', atMs: epoch * 1_000, entries: 2 }
}

async function open(over: Partial<ClusterPageDeps> = {}) {
  const time = new ManualTime()
  const directory = new MemoryCluster(time)
  for (const [facts, load] of [
    [node, 3],
    [other, 0],
  ] as const) {
    await directory.hold(facts, { state: 'up', load }, { leaseMs: 3_000, takeOver: false })
  }
  const page = createClusterPage({
    self: node,
    membership: { view: () => directory.view() },
    lease: { holds: () => true, leftMs: () => 2_499.6 },
    directory,
    placement: await createPlacement(),
    history: { grants: () => Promise.resolve([]) },
    timers: time,
    ...over,
  })
  return { page, directory, time }
}

const actorsHere = (...actors: readonly ActorHere[]) => ({
  owned: actors.length,
  actors: () => actors,
  actor: (asked: string) => actors.find((actor) => actor.key === asked) ?? null,
})
const never = () => new Promise<never>(() => undefined)
/** As a program reads it. */
interface Shown {
  readonly process: string
  readonly lease_left_ms: number
  readonly processes: readonly { process: string; state: string; actors: number; lease_left_ms: number }[]
  readonly actors_owned: number
  readonly actors: readonly object[]
  readonly owner: { readonly process: string } | null
  readonly epoch: number
  readonly here: { readonly seq: number } | null
  readonly preferences: readonly { readonly process: string }[]
  readonly moves: readonly { readonly epoch: number }[] | null
  readonly silent: readonly string[]
}
const fields = (shown: object | null) => shown as Shown | null

describe('the page of the cluster', () => {
  test('tells of every process with a lease, and of the actors here', async () => {
    const actor = { key, epoch: 4, seq: 9, sessions: 2, waiting: 0 }
    const { page } = await open({ here: actorsHere({ ...actor, homeRegion: 'east' }) })
    const shown = fields(page.summary())
    assert.deepEqual(
      shown?.processes.map((each) => [each.process, each.state, each.actors, each.lease_left_ms]),
      [
        ['node-1', 'up', 3, 3_000],
        ['node-2', 'up', 0, 3_000],
      ],
    )
    assert.deepEqual([shown.process, shown.lease_left_ms, shown.actors_owned], ['node-1', 2_500, 1])
    assert.deepEqual(shown.actors, [{ ...actor, home_region: 'east' }])
  })

  test('lists a thousand actors at the most, and says how many there are', async () => {
    const many = Array.from({ length: 1_200 }, () => ({
      key,
      epoch: 1,
      seq: 0,
      sessions: 0,
      waiting: 0,
      homeRegion: null,
    }))
    const { page } = await open({ here: actorsHere(...many) })
    const shown = fields(page.summary())
    assert.deepEqual([shown?.actors_owned, shown?.actors.length], [1_200, 1_000])
  })

  test('tells of a room who owns it, where it would go, how it is here and who had it', async () => {
    const { page, directory } = await open({
      here: actorsHere({ key, epoch: 1, seq: 9, sessions: 2, waiting: 5, homeRegion: null }),
      history: { grants: () => Promise.resolve([grant(1)]) },
    })
    await directory.claim(key, node, 0)
    const shown = fields(await page.room(roomId))
    assert.deepEqual([shown?.owner?.process, shown?.epoch], ['node-1', 1])
    assert.deepEqual(shown?.here, { key, epoch: 1, seq: 9, sessions: 2, waiting: 5, home_region: null })
    assert.deepEqual(shown.preferences.map((each) => each.process).sort(), ['node-1', 'node-2'])
    const { process, incarnation } = node
    const move = { epoch: 1, process, incarnation, cause: 'claimed', entries: 2, at: '1970-01-01T00:00:01.000Z' }
    assert.deepEqual([shown.moves, shown.silent], [[move], []])
  })

  test('tells of the last sixteen moves', async () => {
    const grants = Array.from({ length: 40 }, (_, index) => grant(index + 1))
    const { page } = await open({ history: { grants: () => Promise.resolve(grants) } })
    const moves = fields(await page.room(roomId))?.moves
    assert.deepEqual([moves?.length, moves?.[0]?.epoch, moves?.at(-1)?.epoch], [16, 25, 40])
  })

  test('has nothing of a room that nobody knows of', async () => {
    const { page } = await open()
    assert.equal(await page.room(roomId), null)
  })

  test('tells what it knows while Redis or Postgres is away, and names who is silent', async () => {
    const { page, time } = await open({
      here: actorsHere({ key, epoch: 1, seq: 9, sessions: 2, waiting: 5, homeRegion: null }),
      directory: { resolveMany: () => Promise.reject(new Error('away')) },
      history: { grants: never },
    })
    const asked = page.room(roomId)
    await time.advance(2_001)
    const shown = fields(await asked)
    assert.deepEqual([shown?.owner, shown?.moves, shown?.here?.seq], [null, null, 9])
    assert.deepEqual(shown?.silent.toSorted(), ['postgres', 'redis'])
  })
})
