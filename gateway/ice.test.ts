import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, test } from 'node:test'
import type { UserId } from '../protocol/ids.ts'
import { ManualTime } from '../test/support/manual-time.ts'
import { iceServersFor } from './ice.ts'

const user = 'ann' as UserId
const stunServers = ['stun:a.example:3478', 'stun:b.example:3478']
const turnServers = ['turn:t.example:3478']

describe('ICE servers of a connection', () => {
  test('TURN comes with a personal credential that ends in an hour', () => {
    const time = new ManualTime(1_800_000_000_500)
    const servers = iceServersFor(user, { stunServers, turnServers, turnSecret: 'shared' }, time)
    const username = '1800003600:ann'
    const credential = createHmac('sha1', 'shared').update(username).digest('base64')
    assert.deepEqual(servers, [{ urls: stunServers }, { urls: turnServers, username, credential }])
  })

  test('without a secret no TURN server is handed out', () => {
    const time = new ManualTime()
    assert.deepEqual(iceServersFor(user, { stunServers, turnServers }, time), [{ urls: stunServers }])
  })

  test('no servers at all is an empty list, as two browsers on one machine need none', () => {
    const time = new ManualTime()
    assert.deepEqual(iceServersFor(user, { stunServers: [], turnServers: [], turnSecret: 'shared' }, time), [])
  })
})
