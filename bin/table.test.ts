import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { keyValueTable, plainScreen, renderTable, screenOf, type Column } from './table.ts'

interface Row {
  readonly name: string
  readonly rooms: number
}
const columns: readonly Column<Row>[] = [
  { heading: 'name', value: (row) => row.name, cut: true },
  { heading: 'rooms', value: (row) => row.rooms, align: 'right' },
]

describe('a table', () => {
  test('lines its columns up, numbers to the right', () => {
    const rows = [
      { name: 'node-1', rooms: 7 },
      { name: 'gateway-12', rooms: 1200 },
    ]
    assert.equal(renderTable(rows, columns), 'name        rooms\nnode-1          7\ngateway-12   1200')
  })

  test('without rows is its heading', () => {
    assert.equal(renderTable([], columns), 'name  rooms')
  })

  test('is cut to the width of the terminal where a column allows it, and never below eight characters', () => {
    const rows = [{ name: 'a-name-that-is-much-too-long', rooms: 1 }]
    assert.equal(renderTable(rows, columns, { width: 20, styled: false }), 'name           rooms\na-name-that-…      1')
    assert.equal(renderTable(rows, columns, { width: 3, styled: false }), 'name      rooms\na-name-…      1')
  })

  test('keeps whole values and no escape codes where the output is no terminal', () => {
    assert.equal(screenOf({}), plainScreen)
    const long = 'x'.repeat(500)
    const text = renderTable([{ name: long, rooms: 1 }], columns, screenOf({ columns: 20 }))
    assert.ok(text.includes(long))
    assert.ok(!text.includes('\u001b'))
  })

  test('prints its heading bold on a terminal', () => {
    const screen = screenOf({ isTTY: true, columns: 80 })
    assert.equal(renderTable([], columns, screen), '\u001b[1mname  rooms\u001b[22m')
  })

  test('a value cannot carry escape codes or line breaks to the screen', () => {
    const text = renderTable([{ name: 'a\u001b[2Jb\nc', rooms: 1 }], columns)
    assert.equal(text.split('\n').length, 2)
    assert.ok(!text.includes('\u001b'))
  })

  test('lines up behind wide characters', () => {
    const lines = renderTable(
      [
        { name: '音声', rooms: 1 },
        { name: 'abcd', rooms: 1 },
      ],
      columns,
    ).split('\n')
    assert.deepEqual(lines.slice(1), ['音声      1', 'abcd      1'])
  })
})

test('a table of names and values cuts no value', () => {
  const link = `http://127.0.0.1:8080/?${'t'.repeat(300)}`
  assert.equal(
    keyValueTable(
      [
        ['open', link],
        ['gateway 2', 8090],
      ],
      { width: 20, styled: false },
    ),
    `open       ${link}\ngateway 2  8090`,
  )
})
