import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { WaitingLine, WaitingTotal, type CommandClass } from './waiting-line.ts'

const message = (name: string, of: CommandClass = 'A', bytes = 1) => ({ name, class: of, bytes })
const fill = (line: WaitingLine<ReturnType<typeof message>>, of: CommandClass): number => {
  let taken = 0
  while (line.offer(message(`${of}-${taken}`, of))) taken += 1
  return taken
}

describe('a waiting line', () => {
  test('hands out what it took in the order it came, also where some are taken meanwhile', () => {
    const line = new WaitingLine<{ readonly name: string; readonly bytes?: number }>({ messages: 5_000, bytes: 5_000 })
    const heard: (string | undefined)[] = []
    for (let count = 0; count < 4_000; count += 1) {
      assert.ok(line.offer({ name: `${count}` }))
      if (count % 2 === 1) heard.push(line.take()?.name)
    }
    heard.push(...line.takeAll().map(({ name }) => name))
    assert.deepEqual(
      heard,
      Array.from({ length: 4_000 }, (_, count) => `${count}`),
    )
    assert.equal(line.length, 0)
    assert.equal(line.take(), undefined)
  })

  test('has no room for class B while it has some for class A, and at last for neither', () => {
    const line = new WaitingLine<ReturnType<typeof message>>({ messages: 8, bytes: 1_000 })
    assert.equal(fill(line, 'B'), 6)
    assert.equal(fill(line, 'A'), 2)
    assert.equal(line.length, 8)
    line.take()
    assert.equal(line.offer(message('B', 'B')), false)
    assert.equal(line.offer(message('A', 'A')), true)
  })

  test('counts bytes as well, and gives those of a message back when it is taken', () => {
    const line = new WaitingLine<ReturnType<typeof message>>({ messages: 100, bytes: 100 })
    assert.ok(line.offer(message('big', 'A', 99)))
    assert.ok(line.offer(message('last', 'A', 50)))
    assert.equal(line.offer(message('refused')), false)
    line.take()
    assert.ok(line.offer(message('taken')))
  })

  test('takes a message larger than its bound where nothing waits, since it would never be taken else', () => {
    const line = new WaitingLine<ReturnType<typeof message>>({ messages: 100, bytes: 100 })
    assert.ok(line.offer(message('huge', 'B', 1_000)))
    assert.equal(line.offer(message('next')), false)
  })

  test('stays within what all lines may hold together', () => {
    const total = new WaitingTotal()
    const lines = Array.from({ length: 3 }, () => {
      return new WaitingLine<ReturnType<typeof message>>({ messages: 10, bytes: 100 }, total, {
        messages: 12,
        bytes: 100,
      })
    })
    assert.deepEqual(
      lines.map((line) => fill(line, 'A')),
      [10, 2, 0],
    )
    lines[0]?.takeAll()
    assert.equal(total.messages, 2)
    assert.equal(total.bytes, 2)
    assert.equal(fill(lines[2]!, 'A'), 10)
  })
})
