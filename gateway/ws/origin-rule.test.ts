import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { anyOrigin, sameHostOr } from './origin-rule.ts'

describe('whose pages may open a socket', () => {
  const rule = sameHostOr(['https://game.example'])
  const cases: readonly (readonly [string, string, string, boolean])[] = [
    ['a program without an origin', '', 'voice.example:8081', true],
    ['the own host on another port', 'https://voice.example', 'voice.example:8081', true],
    ['the own IPv6 address', 'http://[::1]:8080', '[::1]:8081', true],
    ['a listed origin', 'https://game.example', 'voice.example:8081', true],
    ['a listed host under another scheme', 'http://game.example', 'voice.example:8081', false],
    ['a foreign page', 'https://evil.example', 'voice.example:8081', false],
    ['a host that only begins like ours', 'https://voice.example.evil.example', 'voice.example:8081', false],
    ['a sandboxed page', 'null', 'voice.example:8081', false],
    ['a request without a host', 'https://evil.example', '', false],
  ]
  for (const [name, origin, host, allowed] of cases) {
    test(`${name}: ${allowed ? 'yes' : 'no'}`, () => assert.equal(rule(origin, host), allowed))
  }

  test('a star, and development, let everyone', () => {
    assert.equal(sameHostOr(['*'])('https://evil.example', 'voice.example'), true)
    assert.equal(anyOrigin('https://evil.example', 'voice.example'), true)
  })
})
