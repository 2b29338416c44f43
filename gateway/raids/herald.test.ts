import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import type { RaidNotice, RaidNotices } from '../../persistence/raid-clockwork/port.ts'
import { RaidNoticeFrame } from '../../protocol/client/server-frames.ts'
import { decoder } from '../../protocol/codec.ts'
import type { RoomId, UserId } from '../../protocol/ids.ts'
import { ManualTime, settle } from '../../test/support/manual-time.ts'
import { NotingLogger } from '../../test/support/noting-logger.ts'
import { lookEveryMs, noticesMax, RaidHerald } from './herald.ts'

const decodeFrame = decoder(RaidNoticeFrame)

class Notices implements RaidNotices {
  readonly rows: RaidNotice[] = []
  reads = 0
  away = false
  wake: () => void = () => undefined

  add(kind: RaidNotice['kind'], ...users: string[]): void {
    this.rows.push({
      ...{ id: String(this.rows.length + 1), kind, raidId: '5a2989ab-18e9-44cc-81f0-2fb1da5b6da2', slot: 'once' },
      ...{ name: 'Molten Core', startsAtMs: 0, roomId: '7b0c4f5e-1a9b-4f57-9a44-0f3a1d2c9e10' as RoomId },
      users: users as UserId[],
    })
  }

  newest(): Promise<string> {
    return this.away ? Promise.reject(new Error('away')) : Promise.resolve(String(this.rows.length))
  }

  behind(id: string, limit: number): Promise<readonly RaidNotice[]> {
    this.reads += 1
    return this.away
      ? Promise.reject(new Error('away'))
      : Promise.resolve(this.rows.slice(Number(id), Number(id) + limit))
  }

  listen(wake: () => void): Promise<() => Promise<void>> {
    this.wake = wake
    return Promise.resolve(() => Promise.resolve())
  }
}

describe('what players are told of raids', () => {
  let time: ManualTime
  let notices: Notices
  let logger: NotingLogger
  let heard: string[]
  let herald: RaidHerald

  beforeEach(async () => {
    time = new ManualTime()
    notices = new Notices()
    logger = new NotingLogger()
    heard = []
    notices.add('open', 'ann')
    herald = new RaidHerald({
      notices,
      tell: (messages) => {
        for (const [user, texts] of messages) {
          for (const text of texts) heard.push(`${user} ${decodeFrame(JSON.parse(text)).notice}`)
        }
      },
      ...{ timers: time, logger },
    })
    herald.start()
    await settle()
  })

  test('begins with what comes from now on, and goes to everyone it is for, once', async () => {
    assert.deepEqual(heard, [])
    notices.add('reminder', 'ann', 'bob')
    notices.add('moved', 'bob')
    notices.wake()
    await settle()
    notices.wake()
    await settle()
    assert.deepEqual(heard.sort(), ['ann reminder', 'bob moved', 'bob reminder'])
  })

  test('what no word came of is found all the same', async () => {
    notices.add('cancelled', 'bob')
    await time.advance(lookEveryMs)
    assert.deepEqual(heard, ['bob cancelled'])
  })

  test('reads page by page, and word that comes meanwhile is one more look', async () => {
    for (let index = 0; index < noticesMax + 5; index += 1) notices.add('open', 'ann')
    const before = notices.reads
    notices.wake()
    notices.wake()
    notices.wake()
    await settle()
    assert.equal(heard.length, noticesMax + 5)
    assert.equal(notices.reads - before, 3)
  })

  test('goes on where it was when the record is back, and says once that it was away', async () => {
    notices.away = true
    notices.add('open', 'ann')
    for (let round = 0; round < 3; round += 1) await time.advance(lookEveryMs)
    assert.deepEqual(heard, [])
    notices.away = false
    await time.advance(lookEveryMs)
    assert.deepEqual(heard, ['ann open'])
    assert.equal(logger.lines.filter(({ event }) => event === 'raids.record_away').length, 1)
  })

  test('ends with its gateway', async () => {
    await herald.stop()
    notices.add('open', 'ann')
    notices.wake()
    await time.advance(lookEveryMs)
    assert.deepEqual(heard, [])
  })
})
