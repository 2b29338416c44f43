import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { describe, test } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import { Type } from '@sinclair/typebox'
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import { asyncApiOf, typeOf } from '../../protocol/client/asyncapi.ts'
import { clientFrames, serverFrames } from '../../protocol/client/frames.ts'
import { decoder } from '../../protocol/codec.ts'
import { errorTable } from '../../protocol/errors.ts'
import { endpoints, endpointsOfDevelopment } from '../../protocol/http/endpoints.ts'
import { openApiOf } from '../../protocol/http/openapi.ts'
import { published } from '../../protocol/published-schema.ts'

/** As a reader gets it. */
const sent = (document: unknown): any => JSON.parse(JSON.stringify(document))
const openApi = sent(openApiOf(endpoints))
const asyncApi = sent(asyncApiOf('/ws'))

const isOpenApi = async (document: object) =>
  (await new Validator().validate(document as Record<string, unknown>)).valid

function isAsyncApi(): (document: unknown) => boolean {
  const ajv = new Ajv({ strict: false, logger: false })
  ;(addFormats as unknown as typeof addFormats.default)(ajv)
  const official = createRequire(import.meta.url)('@asyncapi/specs/schemas/3.0.0-without-$id.json') as object
  return ajv.compile(official)
}

/** Every `$ref` of a document that leads nowhere in it. */
function deadReferences(document: unknown): readonly string[] {
  const at = (path: string) =>
    path
      .slice(2)
      .split('/')
      .reduce<any>((node, step) => node?.[step.replaceAll('~1', '/')], document)
  const walk = (node: unknown): readonly string[] => {
    if (typeof node !== 'object' || node === null) return []
    const to = (node as { $ref?: unknown }).$ref
    return [...(typeof to === 'string' && at(to) === undefined ? [to] : []), ...Object.values(node).flatMap(walk)]
  }
  return walk(document)
}

describe('/openapi.json', () => {
  test('is OpenAPI 3.1 by the official schema', async () => assert.ok(await isOpenApi(sent(openApi))))

  test('would be found out if it were not', async () => {
    const broken = sent(openApi)
    broken.paths['/api/v1/rooms'].post.responses = 5
    assert.equal(await isOpenApi(broken), false)
  })

  test('has no reference that leads nowhere', () => assert.deepEqual(deadReferences(openApi), []))

  test('has every endpoint once, and nothing else', () => {
    const described = Object.entries(openApi.paths as Record<string, Record<string, { operationId: string }>>).flatMap(
      ([path, calls]) =>
        Object.entries(calls).map(([method, call]) => `${call.operationId} ${method.toUpperCase()} ${path}`),
    )
    assert.deepEqual(described.sort(), endpoints.map(({ name, method, path }) => `${name} ${method} ${path}`).sort())
  })

  test('says nothing of what is there in development only', () => {
    for (const { path } of endpointsOfDevelopment) assert.equal(openApi.paths[path], undefined)
  })

  test('a call that needs a token says so, and no other does', () => {
    for (const { path, method, auth } of endpoints) {
      const { security } = openApi.paths[path][method.toLowerCase()]
      assert.deepEqual(security, auth === 'token' ? [{ token: [] }] : [], path)
    }
  })

  test('each refusal stands under the status of the error table', () => {
    for (const { path, method, errors = [] } of endpoints) {
      const { responses } = openApi.paths[path][method.toLowerCase()]
      for (const code of errors) {
        assert.match(responses[errorTable[code].http].description, new RegExp(`\`${code}\``))
      }
    }
  })

  for (const { name, body, reply, example } of [...endpoints, ...endpointsOfDevelopment]) {
    if (!example) continue
    test(`the example of ${name} fits`, () => {
      if (example.body !== undefined) decoder(body ?? Type.Never())(example.body)
      if (example.reply !== undefined) decoder(reply ?? Type.Never())(example.reply)
    })
  }
})

describe('/asyncapi.json', () => {
  test('is AsyncAPI 3.0 by the official schema', () => assert.ok(isAsyncApi()(asyncApi)))

  test('would be found out if it were not', () => {
    const broken = sent(asyncApi)
    broken.operations['client.join'].action = 'shout'
    assert.equal(isAsyncApi()(broken), false)
  })

  test('has no reference that leads nowhere', () => assert.deepEqual(deadReferences(asyncApi), []))

  test('has an operation for every frame, and for no other', () => {
    const frames = [
      ...clientFrames.map((frame) => `client.${typeOf(frame)}`),
      ...serverFrames.map((frame) => `server.${typeOf(frame)}`),
    ]
    assert.deepEqual(Object.keys(asyncApi.operations).sort(), frames.sort())
  })

  test('every numbered frame is answered', () => {
    for (const frame of clientFrames) {
      const { reply } = asyncApi.operations[`client.${typeOf(frame)}`]
      assert.equal(
        reply !== undefined,
        'id' in frame.properties || ['hello', 'ping'].includes(typeOf(frame)),
        typeOf(frame),
      )
    }
  })
})

describe('a published schema', () => {
  test('takes what callers may leave out literally, and lets answers grow', () => {
    const shape = Type.Object({ a: Type.String() }, { additionalProperties: false })
    assert.equal(published(shape, 'asked')['additionalProperties'], false)
    assert.equal(published(shape, 'told')['additionalProperties'], undefined)
  })

  test('a keyword that nobody has thought of is refused', () => {
    assert.throws(() => published({ type: 'string', contentEncoding: 'base64' }, 'asked'), /contentEncoding/)
  })

  test('a property may be called like a keyword', () => {
    const shape = Type.Object({ storable: Type.String(), format: Type.Integer() })
    assert.deepEqual(Object.keys(published(shape, 'asked')['properties'] as object), ['storable', 'format'])
  })
})
