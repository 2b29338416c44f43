import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { drawnZonePage, page } from '../../bin/zone-frames.ts'

test('docs/zone-frames.md says of every byte what the layouts say', async () => {
  assert.equal(readFileSync(page, 'utf8'), await drawnZonePage(), 'npm run docs:frames')
})
