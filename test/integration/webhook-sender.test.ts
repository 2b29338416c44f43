import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:net'
import type { AddressInfo } from 'node:net'
import { after, afterEach, before, describe, test } from 'node:test'
import { backgroundTimers, systemClock } from '../../bin/system-ports.ts'
import { addressRule, dnsResolver, urlRule, webhookSender, type Resolve } from '../../workflows/webhooks/index.ts'
import { CertificateAuthority } from '../support/certificates.ts'
import { Receiver } from '../support/receiver.ts'
import { waitUntil } from '../support/wait.ts'

interface SenderUnderTest {
  readonly allowed?: readonly string[]
  readonly resolve?: Resolve
  readonly timeoutMs?: number
}

const timers = {
  ...backgroundTimers,
  after: (ms: number, run: () => void) => {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}

const senderOf = ({
  allowed = ['127.0.0.0/8'],
  resolve = dnsResolver(1_000),
  timeoutMs = 2_000,
}: SenderUnderTest = {}) => {
  const isOpen = addressRule(allowed)
  const send = webhookSender({
    ...{ resolve, isOpen, urlProblem: urlRule({ allowHttp: true, isOpen }), timeoutMs, clock: systemClock, timers },
  })
  return (url: string) => send(url, { 'content-type': 'application/json', 'webhook-id': 'evt_1' }, '{"a":"ü"}')
}
const failed = (error: string) => ({ status: null, error })
const ok = (status: number) => ({ status, retryAfterMs: null })

describe('a message', () => {
  let receiver: Receiver
  before(async () => {
    receiver = await Receiver.start()
  })
  afterEach(() => {
    receiver.heard.length = 0
    receiver.answer = (_, response) => response.writeHead(204).end()
  })
  after(() => receiver.stop())

  test('arrives as it was given, over a connection of its own', async () => {
    assert.deepEqual(await senderOf()(receiver.url), ok(204))
    const [heard] = receiver.heard
    assert.deepEqual(
      [heard?.path, heard?.body, heard?.headers['webhook-id'], heard?.headers['content-type']],
      ['/hook', '{"a":"ü"}', 'evt_1', 'application/json'],
    )
    await waitUntil('the connection is closed', () => receiver.connections === 0, 2_000)
  })

  test('that is redirected goes nowhere else', async () => {
    receiver.answer = (_, response) => response.writeHead(307, { location: `${receiver.url}/elsewhere` }).end()
    assert.deepEqual(await senderOf()(receiver.url), ok(307))
    assert.equal(receiver.heard.length, 1)
  })

  test('whose receiver says nothing is given up in time', async () => {
    receiver.answer = () => undefined
    const began = Date.now()
    assert.deepEqual(await senderOf({ timeoutMs: 300 })(receiver.url), failed('timeout'))
    assert.ok(Date.now() - began < 1_500)
    await waitUntil('the connection is closed', () => receiver.connections === 0, 2_000)
  })

  test('whose receiver drips an answer without an end is given up in time', async () => {
    receiver.answer = (_, response) => {
      response.writeHead(200)
      const timer = setInterval(() => response.write('.'), 20)
      response.on('close', () => clearInterval(timer))
    }
    assert.deepEqual(await senderOf({ timeoutMs: 300 })(receiver.url), failed('timeout'))
  })

  test('is delivered where the status says so, and a flood behind it is cut off', async () => {
    let sentBytes = 0
    receiver.answer = (_, response) => {
      response.writeHead(200)
      const chunk = Buffer.alloc(65_536, 'x')
      const pour = () => {
        while (!response.destroyed && sentBytes < 500_000_000 && response.write(chunk)) sentBytes += chunk.length
      }
      response.on('drain', pour)
      pour()
    }
    assert.deepEqual(await senderOf()(receiver.url), ok(200))
    assert.ok(sentBytes < 50_000_000, `${sentBytes} bytes`)
  })

  test('whose receiver hangs up, answers nonsense or is not there has failed', async () => {
    receiver.answer = (_, __, socket) => socket.destroy()
    assert.deepEqual(await senderOf()(receiver.url), failed('connection_failed'))
    receiver.answer = (_, __, socket) => socket.end('what?\r\n\r\n')
    assert.deepEqual(await senderOf()(receiver.url), failed('bad_answer'))
    receiver.answer = (_, __, socket) => socket.end(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`)
    assert.deepEqual(await senderOf()(receiver.url), failed('bad_answer'))
    const gone = await Receiver.start()
    const { url } = gone
    await gone.stop()
    assert.deepEqual(await senderOf()(url), failed('connection_failed'))
  })

  test('tells for how long a receiver asks for patience, within bounds', async () => {
    receiver.answer = (_, response) => response.writeHead(429, { 'retry-after': '120' }).end()
    assert.deepEqual(await senderOf()(receiver.url), { status: 429, retryAfterMs: 120_000 })
    receiver.answer = (_, response) => response.writeHead(503, { 'retry-after': '99999999' }).end()
    assert.deepEqual(await senderOf()(receiver.url), { status: 503, retryAfterMs: 3_600_000 })
    receiver.answer = (_, response) => response.writeHead(503, { 'retry-after': 'soon' }).end()
    assert.deepEqual(await senderOf()(receiver.url), { status: 503, retryAfterMs: null })
  })

  test('is not sent into a closed network, whether it is named or written out', async () => {
    const strict = { allowed: [] }
    assert.deepEqual(await senderOf(strict)(receiver.url), failed('refused_url'))
    assert.deepEqual(await senderOf(strict)(`http://localhost:${receiver.port}/`), failed('refused_address'))
    const resolve = () => Promise.resolve(['93.184.215.14', '127.0.0.1'])
    assert.deepEqual(
      await senderOf({ ...strict, resolve })(`http://game.example:${receiver.port}/`),
      failed('refused_address'),
      'one closed address among several',
    )
    assert.equal(receiver.heard.length, 0)
  })

  test('goes to the address that was checked, though the name leads elsewhere at the next question', async () => {
    const answers = [['127.0.0.1'], ['169.254.169.254']]
    let questions = 0
    const resolve = () => Promise.resolve(answers[questions++] ?? [])
    const send = senderOf({ resolve })
    const url = `http://rebinding.invalid:${receiver.port}/hook`
    assert.deepEqual(await send(url), ok(204))
    assert.equal(receiver.heard[0]?.headers.host, `rebinding.invalid:${receiver.port}`)
    assert.equal(questions, 1, 'nobody asked again for the connection')
    assert.deepEqual(await send(url), failed('refused_address'), 'and at the next delivery it is checked again')
    assert.deepEqual(await send(url), failed('name_unknown'))
  })

  test('whose name nobody answers for is given up in time', async () => {
    const resolve = () => new Promise<never>(() => undefined)
    assert.deepEqual(await senderOf({ resolve, timeoutMs: 200 })('http://silent.example/'), failed('timeout'))
  })
})

describe('a message under TLS', () => {
  const authority = new CertificateAuthority()
  let receiver: Receiver
  let silent: Server
  before(async () => {
    receiver = await Receiver.start(authority.issue(['game.example']))
    // Takes connections, and never shakes hands.
    silent = createServer(() => undefined)
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  })
  after(async () => {
    authority.remove()
    silent.close()
    await receiver.stop()
  })

  test('is not given to whom no authority vouches for', async () => {
    const resolve = () => Promise.resolve(['127.0.0.1'])
    assert.deepEqual(await senderOf({ resolve })(`https://game.example:${receiver.port}/`), failed('tls_failed'))
    assert.equal(receiver.heard.length, 0)
  })

  test('is given up where the other side never shakes hands', async () => {
    const { port } = silent.address() as AddressInfo
    assert.deepEqual(await senderOf({ timeoutMs: 300 })(`https://127.0.0.1:${port}/`), failed('timeout'))
  })
})
