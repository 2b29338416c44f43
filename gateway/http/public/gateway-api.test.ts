import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readConfig } from './gateway-api.js'

test('a link leads to another gateway of the same host, and its token to no other host', async () => {
  const socketOf = async (query: string) => (await readConfig(new URL(`http://voice.example:8080/${query}`))).wsUrl
  const own = 'ws://voice.example:8081/ws'
  assert.equal(await socketOf(''), own)
  assert.equal(await socketOf('?ws=ws://voice.example:8091/ws'), 'ws://voice.example:8091/ws')
  for (const foreign of ['ws://evil.example/ws', 'ws://voice.example@evil.example/ws', '//evil.example', 'x']) {
    assert.equal(await socketOf(`?ws=${encodeURIComponent(foreign)}`), own)
  }
})
