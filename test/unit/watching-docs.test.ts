import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const checkout = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string) => readFileSync(`${checkout}/${path}`, 'utf8')
const matches = (text: string, pattern: RegExp) => [
  ...new Set(Array.from(text.matchAll(pattern), ([, name]) => name ?? '')),
]
/** The chapter on owners. */
const changesOf = (text: string) => text.split('\n## ')[1] ?? ''
const page = read('docs/operations/watching.md')

test('the page on watching names every metric there is, and no other', () => {
  const files = globSync('{actors,cluster,gateway,persistence,workflows}/**/{metrics,metric-texts}.ts', {
    cwd: checkout,
  })
  const named = files.flatMap((file) => matches(read(file), /'(voice_\w+)'/g))
  assert.ok(named.length > 30)
  assert.deepEqual(matches(page, /`(voice_\w+)`/g).sort(), [...new Set(named)].sort())
})

test('the page on watching names every change of an owner, and no other', () => {
  const [union = ''] = /export type OwnershipChange =[^]*?\n\n/.exec(read('cluster/actor-runtime/ownership.ts')) ?? []
  const changes = matches(union, /'(\w+)'/g)
  assert.ok(changes.length >= 8)
  assert.deepEqual(matches(changesOf(page), /^\| `(\w+)` /gm).sort(), changes.sort())
})
