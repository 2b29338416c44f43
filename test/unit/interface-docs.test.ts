import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { Type } from '@sinclair/typebox'
import { drawnPage } from '../../bin/socket-frames.ts'
import { ClientFrame, clientFrames, ServerFrame, serverFrames } from '../../protocol/client/frames.ts'
import { replyValues } from '../../protocol/client/reply-values.ts'
import { decoder } from '../../protocol/codec.ts'
import { errorTable } from '../../protocol/errors.ts'
import type { AnyEndpoint } from '../../protocol/http/endpoint.ts'
import { endpoints, endpointsOfDevelopment } from '../../protocol/http/endpoints.ts'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const socketPage = read('docs/socket.md')
const restPage = read('docs/rest.md')
const matches = (text: string, pattern: RegExp) => Array.from(text.matchAll(pattern), (match) => match[1] ?? '')
const typesOf = (frames: readonly { readonly properties: { readonly type: { readonly const: string } } }[]) =>
  frames.map(({ properties }) => properties.type.const)

/** One of the page's chapters, cut into its sections by heading. */
function sections(chapter: string): Map<string, string> {
  const body = socketPage.split(`\n## ${chapter}\n`)[1]?.split('\n## ')[0] ?? ''
  return new Map(
    body
      .split('\n### ')
      .slice(1)
      .map((section) => [section.slice(0, section.indexOf('\n')), section] as const),
  )
}
const example = (section: string): Record<string, unknown> => {
  const json = /```json\n([\s\S]*?)```/.exec(section)?.[1]
  assert.ok(json, `no example in ${section}`)
  return JSON.parse(json) as Record<string, unknown>
}

describe('docs/socket.md', () => {
  test('has a section for every frame a client sends, and for no other', () => {
    assert.deepEqual([...sections('Frames you send').keys()].sort(), typesOf(clientFrames).sort())
  })

  test('has a section for every frame a client hears, and for no other', () => {
    assert.deepEqual([...sections('Frames you hear').keys()].sort(), typesOf(serverFrames).sort())
  })

  for (const [name, section] of sections('Frames you send')) {
    test(`its example of ${name} is one that a gateway takes`, () => {
      assert.equal(decoder(ClientFrame)(example(section)).type, name)
    })
  }

  for (const [name, section] of sections('Frames you hear')) {
    test(`its example of a heard ${name} is one that a gateway sends`, () => {
      assert.equal(decoder(ServerFrame)(example(section)).type, name)
    })
  }

  test('its example of a reply is the answer to the command that it says', () => {
    const reply = example(sections('Frames you hear').get('reply') ?? '')
    const command = example(sections('Frames you send').get('mute') ?? '')
    assert.equal(reply['id'], command['id'])
    decoder(replyValues.mute)(reply['value'])
  })

  test('names every code that closes a socket', () => {
    const codes = Object.entries(errorTable).filter(([, { ws }]) => ws !== null)
    for (const [code, { ws }] of codes) assert.match(socketPage, new RegExp(`\\| ${ws} \\|[^\n]*\`${code}\``))
  })
})

describe('docs/socket-frames.md', () => {
  test('is what the schemas say; npm run docs:frames writes it', async () => {
    assert.ok(read('docs/socket-frames.md') === (await drawnPage()), 'stale: npm run docs:frames')
  })
})

describe('docs/rest.md', () => {
  const every = [...endpoints, ...endpointsOfDevelopment]
  const nameOf = ({ method, path }: AnyEndpoint) => `${method} ${path}`
  /** Served beside the endpoints: pages and documents, and metrics at a path that is a setting. */
  const pages = ['GET /', 'GET /docs', 'GET /openapi.json', 'GET /asyncapi.json', 'GET /metrics']
  const headings = matches(restPage, /^### ((?:GET|POST|PUT|PATCH|DELETE) \S+)$/gm)
  const rows = matches(restPage, /^\| `((?:GET|POST|PUT|PATCH|DELETE) \S+)` *\|/gm)

  for (const endpoint of every) {
    test(`tells of ${nameOf(endpoint)}`, () =>
      assert.ok(restPage.includes(`${nameOf(endpoint)}\n`) || restPage.includes(`\`${nameOf(endpoint)}\``)))
  }

  test('tells of no call that is not there', () => {
    const there = new Set([...every.map(nameOf), ...pages])
    assert.deepEqual(
      [...headings, ...rows].filter((name) => !there.has(name)),
      [],
    )
    assert.ok(headings.length > 20)
  })

  /** What stands under the heading of a call. */
  const section = (endpoint: AnyEndpoint) => restPage.split(`\n### ${nameOf(endpoint)}\n`)[1]?.split(/\n##+ /)[0] ?? ''

  for (const endpoint of every) {
    const shown = section(endpoint)
    // Shell variables stand for ids.
    const bodies = matches(shown, /-d '([^\n]*)'(?:\s|$)/g).map((text) =>
      text.replaceAll(/'\$\w+'|\$\w+/g, '11111111-1111-4111-8111-111111111111'),
    )
    for (const body of bodies) {
      test(`the body that ${nameOf(endpoint)} is called with there is one it takes`, () => {
        decoder(endpoint.body ?? Type.Never())(JSON.parse(body))
      })
    }
    for (const answer of matches(shown, /```json\n([\s\S]*?)```/g)) {
      test(`the answer that ${nameOf(endpoint)} gives there is one it gives`, () => {
        decoder(endpoint.reply ?? Type.Never())(JSON.parse(answer))
      })
    }
  }
})
