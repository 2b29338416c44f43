import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { allRoutes, type HttpAppDeps } from '../../gateway/http/app.ts'
import { endpoints, endpointsOfDevelopment } from '../../protocol/http/endpoints.ts'

const every = [...endpoints, ...endpointsOfDevelopment]
const duplicates = (names: readonly string[]) => names.filter((name, index) => names.indexOf(name) !== index)

describe('the endpoints', () => {
  test('each has a name of its own', () => assert.deepEqual(duplicates(every.map(({ name }) => name)), []))

  test('no two are the same call', () => {
    assert.deepEqual(duplicates(every.map(({ method, path }) => `${method} ${path.replaceAll(/\{\w+\}/g, '{}')}`)), [])
  })

  for (const { name, path, params, status, reply } of every) {
    test(`${name} checks each parameter of its path, and no other`, () => {
      const named = Array.from(path.matchAll(/\{(\w+)\}/g), ([, parameter]) => parameter)
      const checked = Object.keys((params?.['properties'] ?? {}) as object)
      assert.deepEqual(checked.sort(), named.sort())
    })

    test(`${name} has a shape for its answer, unless there is none`, () => {
      assert.equal(reply === undefined, status === 204)
    })
  }

  test('each is bound to a handler once, and nothing else is', () => {
    // Binding reads no dependency; handlers do.
    const bound = allRoutes({} as HttpAppDeps).map(({ endpoint }) => endpoint.name)
    assert.deepEqual(bound.sort(), endpoints.map(({ name }) => name).sort())
  })
})
