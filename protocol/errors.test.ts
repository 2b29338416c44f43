import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { AppError, errorBody, errorRow, errorTable, isErrorCode, type ErrorCode } from './errors.ts'

const codes = Object.keys(errorTable) as ErrorCode[]

describe('docs/operations/errors.md', () => {
  const page = readFileSync(new URL('../docs/operations/errors.md', import.meta.url), 'utf8')
  const rows = page
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim()))

  test('has one row for every code, in the order of the table, and for nothing else', () => {
    assert.deepEqual(
      rows.map(([, code = '']) => code.replaceAll('`', '')),
      codes,
    )
  })

  for (const [, code = '', http, close, retry, meaning = '', remedy = ''] of rows) {
    const name = code.replaceAll('`', '')
    test(`says of ${name} what the table says, what it means and what to do`, () => {
      assert.ok(isErrorCode(name))
      const row = errorRow(name)
      assert.deepEqual([http, close, retry], [String(row.http), String(row.ws ?? '–'), row.retry ? 'yes' : 'no'])
      assert.ok(meaning.length > 10 && remedy.length > 5)
    })
  }
})

describe('the error table', () => {
  for (const code of codes) {
    const { http, ws, publicText } = errorRow(code)
    test(`${code} has a status, a close code that a server may send, and a sentence`, () => {
      assert.ok(http >= 400 && http <= 599)
      // 1011 and 1012 are registered; 4000 and up are free for applications. The rest is the protocol's own.
      assert.ok(ws === null || ws === 1011 || ws === 1012 || (ws >= 4000 && ws <= 4999))
      assert.match(publicText, /^[A-Z].+\.$/)
    })
  }

  test('knows its codes and no name of an object besides', () => {
    assert.ok(codes.every(isErrorCode))
    for (const value of ['toString', '__proto__', '', 7, null]) assert.ok(!isErrorCode(value))
  })
})

describe('what a caller reads', () => {
  test('carries code, text, request id and the facts that are meant for it', () => {
    assert.deepEqual(errorBody(new AppError('VALIDATION_FAILED', { field: 'name' }), 'r1'), {
      code: 'VALIDATION_FAILED',
      message: errorTable.VALIDATION_FAILED.publicText,
      request_id: 'r1',
      details: { field: 'name' },
    })
    assert.ok(!('details' in errorBody(new AppError('ROOM_FULL'), 'r1')))
  })

  test('shows nothing of an error that is none of ours', () => {
    const body = errorBody(new Error('password is hunter2'), 'r1')
    assert.equal(body.code, 'INTERNAL')
    assert.ok(!JSON.stringify(body).includes('hunter2'))
  })
})
