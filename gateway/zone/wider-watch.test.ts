import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { WiderSanctions } from '../../persistence/sanctions/port.ts'
import type { UserId } from '../../protocol/ids.ts'
import type { WiderSanction } from '../../protocol/sanctions/scope.ts'
import { ManualTime, settle } from '../../test/support/manual-time.ts'
import { silentLogger } from '../../test/support/silent-logger.ts'
import { user } from '../../test/support/zone-bench.ts'
import { sweepEveryMs, WiderWatch, type WiderZone } from './wider-watch.ts'

const ban: WiderSanction = { scope: 'global', kind: 'ban', generation: 1, until_ms: null }

/** A record that a test plays, and zones that note what they are told. */
class Bench {
  readonly time = new ManualTime()
  readonly asked: { readonly users: readonly UserId[]; readonly guildId: string | null }[] = []
  readonly told: string[] = []
  readonly standing = new Map<string, readonly WiderSanction[]>()
  readonly zones: WiderZone[] = []
  isAway = false
  mayListen = true
  listeners = 0
  /** Runs before an answer is given. */
  meanwhile = (): void => undefined
  heard: (userId: UserId | null) => void = () => assert.fail('nobody listens')
  readonly watch: WiderWatch

  constructor() {
    const wider: WiderSanctions = {
      on: async (users, guildId) => {
        this.asked.push({ users, guildId })
        await Promise.resolve()
        if (this.isAway) throw new Error('no record')
        const found = users.flatMap((name) => {
          const list = this.standing.get(name)
          return list ? [[name, list] as const] : []
        })
        this.meanwhile()
        return new Map(found)
      },
      listen: (heard) => {
        if (!this.mayListen) return Promise.reject(new Error('no way'))
        this.listeners += 1
        this.heard = heard
        return Promise.resolve(() => {
          this.listeners -= 1
          return Promise.resolve()
        })
      },
    }
    this.watch = new WiderWatch({
      ...{ wider, clock: this.time, timers: this.time, logger: silentLogger },
      zones: () => this.zones,
    })
  }

  zone(name: string, guildId: string | null, ...users: string[]): void {
    this.zones.push({
      guildId,
      users: () => users.map(user),
      knowWider: (who, sanctions) => this.told.push(`${name} ${who} ${sanctions.map(({ kind }) => kind).join()}`),
    })
  }

  async start(): Promise<void> {
    this.watch.start()
    await settle()
    this.asked.length = 0
    this.told.length = 0
  }
}

describe('sanctions beyond a zone', () => {
  test('reach those players on whom something changed, in the zones where they are', async () => {
    const bench = new Bench()
    bench.zone('north', 'g1', 'ann', 'eve')
    bench.zone('south', 'g1', 'eve')
    bench.zone('west', null, 'eve', 'bob')
    await bench.start()
    bench.standing.set('eve', [ban])
    bench.heard(user('eve'))
    bench.heard(user('nobody-here'))
    await settle()
    assert.deepEqual(bench.told, ['north eve ban', 'south eve ban', 'west eve ban'])
    assert.deepEqual(bench.asked.slice(0, 2), [
      { users: ['eve'], guildId: 'g1' },
      { users: ['eve'], guildId: null },
    ])
    bench.standing.delete('eve')
    bench.told.length = 0
    bench.heard(user('eve'))
    await settle()
    assert.deepEqual(bench.told, ['north eve ', 'south eve ', 'west eve '], 'a lift is told as nothing that stands')
  })

  test('of everybody are read anew after something may have been missed, and every ten seconds', async () => {
    const bench = new Bench()
    bench.zone('north', 'g1', 'ann', 'eve')
    await bench.start()
    bench.heard(null)
    await settle()
    assert.deepEqual(bench.told, ['north ann ', 'north eve '])
    await bench.time.advance(sweepEveryMs - 1_000)
    assert.equal(bench.told.length, 2)
    await bench.time.advance(1_000)
    assert.equal(bench.told.length, 4)
  })

  test('of many players are asked for a thousand at a time, each once', async () => {
    const bench = new Bench()
    const names = Array.from({ length: 2_500 }, (_, index) => `u${index}`)
    bench.zone('north', 'g1', ...names)
    bench.zone('south', 'g1', ...names)
    await bench.start()
    bench.heard(null)
    await settle()
    assert.deepEqual(
      bench.asked.map(({ users }) => users.length),
      [1_000, 1_000, 500],
    )
    assert.equal(new Set(bench.told).size, 5_000)
  })

  test('that could not be read are read when the record is back, those heard of meanwhile too', async () => {
    const bench = new Bench()
    bench.zone('north', 'g1', 'ann', 'eve')
    await bench.start()
    bench.isAway = true
    bench.heard(user('eve'))
    await settle()
    bench.heard(user('ann'))
    await bench.time.advance(3_000)
    assert.deepEqual(bench.told, [])
    bench.standing.set('ann', [ban])
    bench.isAway = false
    await bench.time.advance(1_000)
    assert.deepEqual([...bench.told].sort(), ['north ann ban', 'north eve '])
  })

  test('are listened for again until that succeeds, and then read, since some were not heard', async () => {
    const bench = new Bench()
    bench.zone('north', 'g1', 'ann')
    bench.mayListen = false
    bench.watch.start()
    await bench.time.advance(2_000)
    assert.deepEqual(bench.told, [])
    bench.mayListen = true
    await bench.time.advance(1_000)
    assert.deepEqual(bench.told, ['north ann '])
    await bench.time.advance(5_000)
    assert.equal(bench.listeners, 1)
    bench.watch.stop()
    await settle()
    assert.equal(bench.listeners, 0)
    await bench.time.advance(60_000)
    assert.deepEqual(bench.told, ['north ann '], 'a watch that ended reads no more')
  })
})

describe('who is at the door', () => {
  test('is looked up', async () => {
    const bench = new Bench()
    await bench.start()
    bench.standing.set('eve', [ban])
    assert.deepEqual(await bench.watch.atDoor(user('eve'), 'g1'), [ban])
    assert.deepEqual(await bench.watch.atDoor(user('ann'), null), [])
    assert.deepEqual(
      bench.asked.map(({ guildId }) => guildId),
      ['g1', null],
    )
  })

  test('is looked up again where something on them changed while the answer was under way', async () => {
    const bench = new Bench()
    await bench.start()
    bench.meanwhile = () => {
      bench.meanwhile = () => undefined
      bench.standing.set('eve', [ban])
      bench.heard(user('bob'))
      bench.heard(user('eve'))
    }
    assert.deepEqual(await bench.watch.atDoor(user('eve'), 'g1'), [ban])
    assert.equal(bench.asked.length, 2)
    bench.meanwhile = () => bench.heard(null)
    await assert.rejects(bench.watch.atDoor(user('eve'), 'g1'), { code: 'SANCTIONS_CHANGED' })
  })

  test('does not come in while the record cannot be read', async () => {
    const bench = new Bench()
    await bench.start()
    bench.isAway = true
    await assert.rejects(bench.watch.atDoor(user('eve'), 'g1'), { code: 'RETRY_LATER' })
  })
})
