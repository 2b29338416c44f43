import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { describe, test } from 'node:test'
import type { Logger } from '../protocol/ports.ts'
import { ManualTime } from '../test/support/manual-time.ts'
import { Lifecycle, type ProcessControl } from './lifecycle.ts'

class FakeProcess extends EventEmitter implements ProcessControl {
  readonly exits: number[] = []
  exit(code: number): void {
    this.exits.push(code)
  }
}

function fixture() {
  const time = new ManualTime()
  const control = new FakeProcess()
  const events: string[] = []
  const note = (_fields: object, event: string) => void events.push(event)
  const log: Logger = { debug: note, info: note, warn: note, error: note, child: () => log }
  const lifecycle = new Lifecycle({ log, stopWithinMs: 10_000, timers: time, control })
  return { time, control, events, lifecycle }
}

const never = () => new Promise<void>(() => undefined)

describe('stopping', () => {
  test('closes what was started last first, one after the other', async () => {
    const { lifecycle } = fixture()
    const order: string[] = []
    for (const name of ['pool', 'links', 'listener']) {
      lifecycle.onStop(name, async () => {
        order.push(`${name} closes`)
        await Promise.resolve()
        order.push(`${name} closed`)
      })
    }
    assert.equal(await lifecycle.stop('test'), true)
    assert.equal(lifecycle.mode, 'stopped')
    assert.deepEqual(
      order,
      ['listener', 'links', 'pool'].flatMap((name) => [`${name} closes`, `${name} closed`]),
    )
  })

  test('passes over a closer that throws, and over one that hangs once its time is over', async () => {
    const { lifecycle, time, events } = fixture()
    const closed: string[] = []
    lifecycle.onStop('pool', () => void closed.push('pool'))
    lifecycle.onStop('throws', () => Promise.reject(new Error('no')))
    lifecycle.onStop('throws at once', () => {
      throw new Error('no')
    })
    lifecycle.onStop('hangs', never, 2_000)
    const stopped = lifecycle.stop('test')
    await time.advance(1_999)
    assert.deepEqual(closed, [])
    await time.advance(1)
    assert.equal(await stopped, false)
    assert.deepEqual(closed, ['pool'])
    assert.equal(events.filter((event) => event === 'process.part_not_closed').length, 3)
  })

  test('gives all closers together no more than the deadline', async () => {
    const { lifecycle, time } = fixture()
    const begun: string[] = []
    for (const name of ['c', 'b', 'a']) {
      lifecycle.onStop(
        name,
        () => {
          begun.push(name)
          return never()
        },
        6_000,
      )
    }
    const stopped = lifecycle.stop('test')
    await time.advance(10_000)
    assert.equal(await stopped, false)
    assert.deepEqual(begun, ['a', 'b'])
  })

  test('happens once, however often it is asked for', async () => {
    const { lifecycle } = fixture()
    let closes = 0
    lifecycle.onStop('pool', () => {
      closes += 1
    })
    await Promise.all([lifecycle.stop('one'), lifecycle.stop('two')])
    assert.equal(closes, 1)
  })

  test('lets nothing be started any more', async () => {
    const { lifecycle } = fixture()
    await lifecycle.stop('test')
    assert.throws(() => lifecycle.onStop('late', never), /late was started while the process stops/)
  })
})

describe('signals', () => {
  for (const signal of ['SIGTERM', 'SIGINT']) {
    test(`${signal} stops in order and ends with 0`, async () => {
      const { lifecycle, control, time } = fixture()
      let closed = false
      await lifecycle.run(() => {
        lifecycle.onStop('pool', () => void (closed = true))
        return Promise.resolve()
      })
      assert.equal(lifecycle.mode, 'running')
      control.emit(signal)
      await time.advance(0)
      assert.deepEqual([closed, control.exits], [true, [0]])
    })
  }

  test('a second one ends the process at once', async () => {
    const { lifecycle, control } = fixture()
    await lifecycle.run(() => {
      lifecycle.onStop('hangs', never)
      return Promise.resolve()
    })
    control.emit('SIGTERM')
    assert.deepEqual(control.exits, [])
    control.emit('SIGINT')
    assert.deepEqual(control.exits, [1])
  })

  test('a stop in which something hung ends with 1', async () => {
    const { lifecycle, control, time } = fixture()
    await lifecycle.run(() => {
      lifecycle.onStop('hangs', never, 100)
      return Promise.resolve()
    })
    control.emit('SIGTERM')
    await time.advance(100)
    assert.deepEqual(control.exits, [1])
  })

  test('one that comes while the process starts stops what is there already', async () => {
    const { lifecycle, control, time } = fixture()
    let closed = false
    void lifecycle.run(() => {
      lifecycle.onStop('pool', () => void (closed = true))
      return never()
    })
    control.emit('SIGTERM')
    await time.advance(0)
    assert.deepEqual([closed, control.exits], [true, [0]])
  })
})

describe('failures', () => {
  test('a start that fails stops what was started and ends with 1', async () => {
    const { lifecycle, control, events } = fixture()
    let closed = false
    await lifecycle.run(() => {
      lifecycle.onStop('pool', () => void (closed = true))
      return Promise.reject(new Error('no database'))
    })
    assert.deepEqual([closed, control.exits, events[0]], [true, [1], 'process.start_failed'])
  })

  for (const event of ['uncaughtException', 'unhandledRejection']) {
    test(`${event} is logged and ends with 70, without a stop in order`, async () => {
      const { lifecycle, control, events } = fixture()
      let closed = false
      await lifecycle.run(() => {
        lifecycle.onStop('pool', () => void (closed = true))
        return Promise.resolve()
      })
      control.emit(event, new Error('bug'))
      assert.deepEqual([closed, control.exits, events.at(-1)], [false, [70], `process.${event}`])
    })
  }
})
