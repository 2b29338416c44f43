import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, test } from 'node:test'
import type { UserId } from '../protocol/ids.ts'
import { ManualTime } from '../test/support/manual-time.ts'
import { Ice } from './ice.ts'

const user = 'ann' as UserId
const stunServers = ['stun:a.example:3478', 'stun:b.example:3478']
const turnServers = ['turn:t.example:3478']

describe('ICE servers of a connection', () => {
  test('TURN comes with a personal credential that ends in an hour', () => {
    const time = new ManualTime(1_800_000_100_500)
    const ice = new Ice({ stunServers, turnServers, turnSecret: 'shared' }, time)
    const username = '1800003600:ann'
    const credential = createHmac('sha1', 'shared').update(username).digest('base64')
    assert.deepEqual(ice.serversFor(user), {
      ice_servers: [{ urls: stunServers }, { urls: turnServers, username, credential }],
      ice_expires_at: '2027-01-15T09:00:00.000Z',
    })
    assert.equal(ice.renewAfterMs, 2_700_000)
  })

  test('somebody who asks again and again, of whatever gateway, is handed the same credential for five minutes', async () => {
    const time = new ManualTime(1_800_000_000_000)
    const gateways = [1, 2].map(() => new Ice({ stunServers, turnServers, turnSecret: 'shared' }, time))
    const names = new Set<string | undefined>()
    for (let second = 0; second < 3_600; second += 7) {
      await time.advance(7_000)
      for (const ice of gateways) names.add(ice.serversFor(user).ice_servers.at(-1)?.username)
    }
    assert.ok(names.size <= 13, `${names.size} names in an hour`)
  })

  test('without a secret no TURN server is handed out', () => {
    const ice = new Ice({ stunServers, turnServers }, new ManualTime())
    assert.deepEqual(ice.serversFor(user), { ice_servers: [{ urls: stunServers }], ice_expires_at: null })
    assert.deepEqual([ice.canRelay, ice.renewAfterMs], [false, null])
  })

  test('no servers at all is an empty list, as two browsers on one machine need none', () => {
    const ice = new Ice({ stunServers: [], turnServers: [], turnSecret: 'shared' }, new ManualTime())
    assert.deepEqual(ice.serversFor(user), { ice_servers: [], ice_expires_at: null })
  })

  test('a room of relayed candidates alone is refused where nothing can be relayed', () => {
    const without = new Ice({ stunServers, turnServers }, new ManualTime())
    assert.throws(() => without.mindSettings({ ice_policy: 'relay' }), { code: 'TURN_NOT_CONFIGURED' })
    without.mindSettings({ ice_policy: 'all' })
    without.mindSettings(undefined)
    new Ice({ stunServers, turnServers, turnSecret: 'shared' }, new ManualTime()).mindSettings({ ice_policy: 'relay' })
  })
})
