import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { ClientFrame, clientFrames, ServerFrame, serverFrames } from '../../protocol/client/frames.ts'
import { replyValues } from '../../protocol/client/reply-values.ts'
import { decoder } from '../../protocol/codec.ts'
import { errorTable } from '../../protocol/errors.ts'
import { endpoints, endpointsOfDevelopment } from '../../protocol/http/endpoints.ts'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const socketPage = read('docs/socket.md')
const restPage = read('docs/rest.md')
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

describe('docs/rest.md', () => {
  const routes = [...endpoints, ...endpointsOfDevelopment].map(({ method, path }) => `${method} ${path}`)

  for (const route of routes) {
    test(`tells of ${route}`, () => assert.ok(restPage.includes(route)))
  }
})
