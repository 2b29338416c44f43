import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'

test('each migration has a number of its own, and none is left out', () => {
  const names = readdirSync(new URL('migrations/', import.meta.url)).sort()
  const numbers = names.map((name) => Number(/^(\d{6})_[a-z_]+\.sql$/.exec(name)?.[1]))
  assert.deepEqual(
    numbers,
    names.map((_, index) => index + 1),
  )
})
