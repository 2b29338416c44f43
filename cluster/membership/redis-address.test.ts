import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRedisUrl, redisUrlProblem } from './redis-address.ts'

const nobody = { username: undefined, password: undefined }

test('a plain URL names one server, as ever', () => {
  const url = 'rediss://user:pass@cache.example/3?family=6'
  assert.deepEqual(parseRedisUrl(url), { kind: 'server', url, hosts: [{ host: 'cache.example', port: 6_379 }] })
  assert.deepEqual(parseRedisUrl('redis://:pass@[::1]:7000').hosts, [{ host: '::1', port: 7_000 }])
})

test('a Sentinel URL names the Sentinels, the master and its database', () => {
  assert.deepEqual(parseRedisUrl('redis+sentinel://a:26380,b/rooms'), {
    kind: 'sentinel',
    hosts: [
      { host: 'a', port: 26_380 },
      { host: 'b', port: 26_379 },
    ],
    ...{ master: 'rooms', database: 0, isTls: false, login: nobody, sentinelLogin: nobody },
  })
  const full = 'rediss+sentinel://app:p%40ss:1@a,[fe80::1]:5/my%20rooms/2?sentinelUser=s&sentinelPassword=t%26u'
  assert.deepEqual(parseRedisUrl(full), {
    kind: 'sentinel',
    hosts: [
      { host: 'a', port: 26_379 },
      { host: 'fe80::1', port: 5 },
    ],
    ...{ master: 'my rooms', database: 2, isTls: true },
    login: { username: 'app', password: 'p@ss:1' },
    sentinelLogin: { username: 's', password: 't&u' },
  })
})

test('a cluster URL names some of its servers', () => {
  assert.deepEqual(parseRedisUrl('rediss+cluster://:secret@a:7000,b'), {
    kind: 'cluster',
    hosts: [
      { host: 'a', port: 7_000 },
      { host: 'b', port: 6_379 },
    ],
    isTls: true,
    login: { username: undefined, password: 'secret' },
  })
})

test('of a URL that cannot be used it is said what is wrong with it, and never its password', () => {
  const bad: readonly (readonly [url: string, problem: RegExp])[] = [
    ['http://a', /look like redis:/],
    ['redis+proxy://a', /look like redis:/],
    ['redis://a,b', /one host only/],
    ['redis+sentinel://a,b', /name the master/],
    ['redis+sentinel://a,b/', /name the master/],
    ['redis+sentinel://a/rooms/zero', /database being a number/],
    ['redis+sentinel://a/rooms/0/1', /database being a number/],
    ['redis+sentinel://a/rooms?family=6', /sentinelUser and sentinelPassword/],
    ['redis+sentinel:///rooms', /host or host:port/],
    ['redis+sentinel://a,,b/rooms', /host or host:port/],
    ['redis+sentinel://a:0/rooms', /host or host:port/],
    ['redis+sentinel://a:70000/rooms', /host or host:port/],
    ['redis+sentinel://:100%@a/rooms', /%25/],
    ['redis+cluster://a/1', /no database/],
    ['redis+cluster://a?x=1', /no options/],
    [`redis+cluster://${Array.from({ length: 17 }, (_, n) => `h${n}`).join()}`, /at most 16 hosts/],
  ]
  for (const [url, expected] of bad) {
    const problem = redisUrlProblem(url.replace('://a', '://me:hunter2@a'))
    assert.match(problem ?? '', expected, url)
    assert.doesNotMatch(problem ?? '', /hunter2/)
  }
  assert.equal(redisUrlProblem('redis+cluster://a/0'), null)
})
