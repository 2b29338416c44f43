import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLogger } from './logger.ts'

function logger(level: 'debug' | 'info' | 'warn' | 'error' = 'info') {
  const lines: string[] = []
  const log = createLogger(
    { process: 'node-1', role: 'node' },
    { level, format: 'json' },
    { write: (line) => lines.push(line) },
  )
  const entries = () => lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  return { log, entries, text: () => lines.join('') }
}

test('a line is an event with its fields, its process and its time', () => {
  const { log, entries } = logger()
  log.child({ actor: 'room:1' }).info({ epoch: 3 }, 'actor.activated')
  const [{ time, ...entry } = {}] = entries()
  assert.deepEqual(entry, {
    level: 'info',
    process: 'node-1',
    role: 'node',
    actor: 'room:1',
    epoch: 3,
    msg: 'actor.activated',
  })
  assert.match(String(time), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
})

test('lines below the level are not written', () => {
  const { log, entries } = logger('warn')
  log.debug({}, 'a')
  log.info({}, 'b')
  log.warn({}, 'c')
  log.error({}, 'd')
  assert.deepEqual(
    entries().map(({ msg }) => msg),
    ['c', 'd'],
  )
})

for (const field of ['authorization', 'token', 'password', 'password_hash', 'sdp', 'candidate', 'cookie', 'secret']) {
  test(`the value of ${field} is never written, at the top or deeper`, () => {
    const { log, text } = logger()
    const secret = 'v=0 hunter2'
    log.info({ [field]: secret }, 'a')
    log.info({ frame: { [field]: secret } }, 'b')
    log.info({ request: { headers: { [field]: secret } } }, 'c')
    log.child({ frame: { [field]: secret } }).info({}, 'd')
    assert.equal(text().split('[redacted]').length - 1, 4)
    assert.ok(!text().includes('hunter2'))
  })
}

test('an error is written with its cause', () => {
  const { log, entries } = logger()
  log.error({ err: new Error('no answer', { cause: new Error('ECONNRESET') }) }, 'link.lost')
  const error = entries()[0]?.['err'] as { message: string; cause: { message: string } }
  assert.match(error.message, /no answer/)
  assert.equal(error.cause.message, 'ECONNRESET')
})
