import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const checkout = fileURLToPath(new URL('../..', import.meta.url))
const page = readFileSync(`${checkout}/docs/operations/security.md`, 'utf8')
const rows = page
  .split('\n## ')[0]!
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| topic') && !line.startsWith('| ---'))
  .map((line) => line.split('|').map((cell) => cell.trim()))

/** Tests that a cell names: a file, and the names behind it. */
const named = (cell: string) =>
  Array.from(cell.matchAll(/`([^`]+\.(?:test|suite)\.ts)`: ((?:"[^"]+"(?:, )?)+)/g), ([, file = '', names = '']) =>
    Array.from(names.matchAll(/"([^"]+)"/g), ([, name = '']) => ({ file, name })),
  ).flat()

test('the page on security has rows', () => assert.ok(rows.length >= 25))

for (const [, topic = '', , held = '', missing = ''] of rows) {
  test(`the page on security says what holds the row ${topic}, or that nothing does yet`, () => {
    const tests = named(held)
    assert.ok(tests.length > 0 || missing !== '', 'neither a test nor what is missing')
    assert.equal(tests.length > 0, held !== '')
    for (const { file, name } of tests) {
      assert.ok(existsSync(`${checkout}/${file}`), `${file} is not there`)
      // As it stands in the source, where a quote in a text is escaped.
      const source = readFileSync(`${checkout}/${file}`, 'utf8').replaceAll("\\'", "'")
      assert.ok(source.includes(name), `${file} has no test called ${name}`)
    }
  })
}
