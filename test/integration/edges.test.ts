import assert from 'node:assert/strict'
import { request as plainRequest } from 'node:http'
import { request } from 'node:https'
import { connect } from 'node:net'
import { after, afterEach, beforeEach, describe, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { Registry } from 'prom-client'
import { WebSocket } from 'ws'
import { backgroundTimers, systemClock } from '../../bin/system-ports.ts'
import { clientReader } from '../../gateway/client-address.ts'
import { createGatewayMetrics } from '../../gateway/index.ts'
import { SocketServer } from '../../gateway/ws/server.ts'
import { startEdge, type Edge } from '../support/edge.ts'
import { CertificateAuthority } from '../support/certificates.ts'
import { testLimits } from '../support/limits.ts'
import { NotingLogger } from '../support/noting-logger.ts'
import { ok } from '../support/scripted-router.ts'

const roomId = '0b0e7a4e-7f0c-4a52-9d39-6a5a3b9d0c11'
const rooms = '/api/v1/rooms'
const snapshot = {
  room: { room_id: roomId, effective_settings: { ice_policy: 'all' } },
  participants: [],
  sanctions: [],
}

/** What comes back for bytes exactly as written, until the other side closes; and how long that took. */
function exchange(port: number, text: string, timeoutMs = 10_000): Promise<{ answer: string; tookMs: number }> {
  return new Promise((resolve, reject) => {
    const sinceMs = performance.now()
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    let answer = ''
    const timer = setTimeout(() => {
      socket.destroy()
      reject(new Error(`still open after ${timeoutMs} ms, having said: ${answer.slice(0, 200)}`))
    }, timeoutMs)
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()))
    socket.on('error', () => undefined)
    socket.on('close', () => {
      clearTimeout(timer)
      resolve({ answer, tookMs: performance.now() - sinceMs })
    })
  })
}

const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0)
const codeOf = (answer: string) => /"code":"(\w+)"/.exec(answer)?.[1]

let edge: Edge
beforeEach(async () => {
  edge = await startEdge({ corsOrigins: ['https://game.example'], readTimeoutMs: 3_000 })
  edge.router.on('create', ({ key }) => ok({ room_id: key.slice(5) })).on('view', () => ok(snapshot))
})
afterEach(() => edge.gateway.stop())

describe('a request that may be read in more than one way', () => {
  const smuggled = `DELETE ${rooms}/${roomId} HTTP/1.1\r\nHost: x\r\n\r\n`
  const lengths = (headers: string, body: string) =>
    `POST ${rooms} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${headers}\r\n\r\n${body}`
  const cases: Readonly<Record<string, string>> = {
    'a length and chunks': lengths('Content-Length: 4\r\nTransfer-Encoding: chunked', `0\r\n\r\n${smuggled}`),
    'chunks and a length': lengths('Transfer-Encoding: chunked\r\nContent-Length: 4', `0\r\n\r\n${smuggled}`),
    'two lengths': lengths('Content-Length: 2\r\nContent-Length: 40', `{}${smuggled}`),
    'a length with a sign': lengths('Content-Length: +2', `{}${smuggled}`),
    'two lengths in one': lengths('Content-Length: 2, 2', `{}${smuggled}`),
    'chunks that are not the last coding': lengths('Transfer-Encoding: chunked, gzip', `0\r\n\r\n${smuggled}`),
    'a coding that nobody knows': lengths('Transfer-Encoding: xchunked', `0\r\n\r\n${smuggled}`),
    'a blank before the colon': lengths('Transfer-Encoding : chunked', `0\r\n\r\n${smuggled}`),
    'a header on two lines': lengths('X-A: 1\r\n Transfer-Encoding: chunked', smuggled),
    'a line that ends in CR alone': `GET / HTTP/1.1\rHost: x\r\n\r\n`,
    'a chunk with a strange length': lengths('Transfer-Encoding: chunked', `0x2\r\n{}\r\n0\r\n\r\n${smuggled}`),
    'no host': `GET /health HTTP/1.1\r\n\r\n`,
    'no HTTP': 'let me in\r\n\r\n',
  }
  for (const [name, text] of Object.entries(cases)) {
    test(`${name}: refused, and nothing behind it is read`, async () => {
      const { answer } = await exchange(edge.httpPort, text)
      assert.equal(statusOf(answer), 400, answer)
      assert.equal(answer.split('HTTP/1.1 ').length - 1, 1, 'one answer')
      assert.equal(edge.router.asked.length, 0)
      assert.equal((await edge.call('GET', '/health')).status, 200)
    })
  }

  test('is answered in the one form of errors', async () => {
    const { answer } = await exchange(edge.httpPort, cases['two lengths']!)
    assert.equal(codeOf(answer), 'MALFORMED_REQUEST')
    assert.match(answer, /"request_id":"[0-9a-f-]{36}"/)
    assert.match(await edge.registry.metrics(), /refused_total\{code="MALFORMED_REQUEST"\} 1/)
  })
})

describe('what a request may be', () => {
  const big = `X-Big: ${'x'.repeat(17 * 1024)}\r\n`

  test('headers over 16 KiB are 431, over REST and for a socket', async () => {
    const { answer } = await exchange(edge.httpPort, `GET / HTTP/1.1\r\nHost: x\r\n${big}\r\n`)
    assert.deepEqual([statusOf(answer), codeOf(answer)], [431, 'HEADERS_TOO_LARGE'])
    const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n'
    const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
    const socket = await exchange(edge.wsPort, `GET /ws HTTP/1.1\r\nHost: x\r\n${upgrade}${key}${big}\r\n`)
    assert.equal(statusOf(socket.answer), 431)
  })

  test('headers that come drop by drop are given up within a third of the read time-out', async () => {
    const { answer, tookMs } = await exchange(edge.httpPort, 'GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ')
    assert.deepEqual([statusOf(answer), codeOf(answer)], [408, 'REQUEST_TIMEOUT'])
    assert.ok(tookMs > 900 && tookMs < 6_000, String(tookMs))
  })

  test('a body that does not come is given up within the read time-out', async () => {
    const head = `POST ${rooms} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${edge.token}\r\n`
    const text = `${head}Content-Type: application/json\r\nContent-Length: 50\r\n\r\n{"name"`
    const { answer, tookMs } = await exchange(edge.httpPort, text)
    assert.equal(statusOf(answer), 408)
    assert.ok(tookMs > 2_900 && tookMs < 9_000, String(tookMs))
    assert.equal(edge.router.asked.length, 0)
  })
})

test('an upgrade that fails by a defect ends that attempt alone', async () => {
  const logger = new NotingLogger()
  const server = new SocketServer({
    ...{ host: '127.0.0.1', port: 0, path: '/ws', tls: null, clientOf: clientReader([]), limits: testLimits() },
    ...{ metrics: createGatewayMetrics(new Registry()), clock: systemClock, timers: backgroundTimers, logger },
    originAllowed: () => {
      throw new Error('a defect')
    },
    connect: () => {
      throw new Error('nobody comes so far')
    },
  })
  const port = await server.listen()
  const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n'
  const text = `GET /ws HTTP/1.1\r\nHost: x\r\n${upgrade}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`
  for (let attempt = 0; attempt < 3; attempt += 1) assert.equal((await exchange(port, text)).answer, '')
  assert.equal(logger.of('socket.handler_failed').length, 3)
  await server.close(0)
})

describe('what browsers are told', () => {
  test('every answer keeps them from guessing, framing, telling on and keeping', async () => {
    const room = await edge.call('GET', `${rooms}/${roomId}`)
    const [missing, page] = [await edge.call('GET', '/missing'), await edge.call('GET', '/')]
    for (const { headers } of [room, missing, page]) {
      assert.equal(headers.get('x-content-type-options'), 'nosniff')
      assert.equal(headers.get('referrer-policy'), 'no-referrer')
      const policy = headers.get('content-security-policy') ?? ''
      assert.match(policy, /frame-ancestors 'none'/)
      assert.match(policy, /default-src 'none'/)
      assert.doesNotMatch(policy, /unsafe|\*/)
      assert.equal(headers.get('x-powered-by'), null)
      assert.equal(headers.get('strict-transport-security'), null)
    }
    assert.equal(room.headers.get('cache-control'), 'no-store')
    assert.equal(missing.headers.get('cache-control'), 'no-store')
    assert.equal(page.headers.get('cache-control'), 'no-cache')
  })

  test('that TLS is a must, only where a trusted proxy says that they came by it', async () => {
    const trusting = await startEdge({ trustedProxies: ['127.0.0.1'] })
    const headers = { 'x-forwarded-for': '198.51.100.1', 'x-forwarded-proto': 'https' }
    const strict = async (at: Edge, given: Record<string, string>) =>
      (await at.call('GET', '/health', undefined, given)).headers.get('strict-transport-security')
    assert.match((await strict(trusting, headers)) ?? '', /^max-age=\d{8}$/)
    assert.equal(await strict(trusting, { ...headers, 'x-forwarded-proto': 'http' }), null)
    assert.equal(await strict(edge, headers), null)
    await trusting.gateway.stop()
  })

  for (const origin of [
    ...['https://evil.example', 'https://game.example.evil.example', 'https://evilgame.example', 'null'],
    ...['http://game.example', 'https://game.example:8443', 'HTTPS://GAME.EXAMPLE', 'https://game.example/'],
  ]) {
    test(`a page of ${origin} hears nothing that lets it read an answer`, async () => {
      const plain = await edge.call('GET', '/health', undefined, { origin })
      const preflight = await fetch(`${edge.http}${rooms}`, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST' },
      })
      for (const { headers } of [plain, preflight]) {
        assert.deepEqual(
          [...headers.keys()].filter((name) => name.startsWith('access-control-')),
          [],
        )
        assert.match(headers.get('vary') ?? '', /Origin/i)
      }
    })
  }

  test('a page of a listed origin may read answers, refusals too, and never with cookies', async () => {
    const headers = { origin: 'https://game.example' }
    for (const answer of [
      await edge.call('GET', '/health', undefined, headers),
      await edge.call('GET', `${rooms}/x`, undefined, headers),
    ]) {
      assert.equal(answer.headers.get('access-control-allow-origin'), 'https://game.example')
      assert.match(answer.headers.get('access-control-expose-headers') ?? '', /retry-after.*ratelimit-remaining/)
      assert.equal(answer.headers.get('access-control-allow-credentials'), null)
      assert.match(answer.headers.get('vary') ?? '', /Origin/i)
    }
  })
})

test('a socket is never compressed', async () => {
  const socket = new WebSocket(edge.ws, { perMessageDeflate: { threshold: 0 } })
  await new Promise<void>((resolve, reject) => {
    socket.on('open', () => resolve())
    socket.on('error', reject)
  })
  assert.equal(socket.extensions, '')
  socket.terminate()
})

describe('under TLS', () => {
  const authority = new CertificateAuthority()
  after(() => authority.remove())
  const first = authority.issue(['localhost'])
  const second = authority.issue(['localhost'])
  let secure: Edge
  beforeEach(async () => void (secure = await startEdge({ tls: authority.serverTls(first) })))
  afterEach(() => secure.gateway.stop())

  const get = (path: string) =>
    new Promise<{ status: number; strict: string | undefined; serial: string }>((resolve, reject) => {
      const options = { host: '127.0.0.1', servername: 'localhost', port: secure.httpPort, path, ca: authority.pem }
      const req = request({ ...options, agent: false }, (res) => {
        res.resume()
        const { serialNumber } = (
          res.socket as unknown as { getPeerCertificate(): { serialNumber: string } }
        ).getPeerCertificate()
        const strict = res.headers['strict-transport-security']
        res.on('end', () => resolve({ status: res.statusCode ?? 0, strict, serial: serialNumber }))
      })
      req.on('error', reject)
      req.end()
    })

  test('REST is served, and says that TLS is a must', async () => {
    const { status, strict } = await get('/health')
    assert.equal(status, 200)
    assert.match(strict ?? '', /^max-age=\d{8}$/)
  })

  test('a renewed certificate is shown to the next connection', async () => {
    const before = await get('/health')
    secure.gateway.renewCertificate(second)
    const afterwards = await get('/health')
    assert.equal(afterwards.status, 200)
    assert.notEqual(before.serial, afterwards.serial)
  })

  test('sockets are served', async () => {
    const socket = new WebSocket(`wss://127.0.0.1:${secure.wsPort}/ws`, {
      // Their types lack what TLS takes.
      ...({ ca: authority.pem, servername: 'localhost' } as object),
    })
    const welcome = new Promise<string>((resolve, reject) => {
      socket.on('error', reject)
      socket.on('message', (data: Buffer) => resolve(data.toString()))
    })
    socket.on('open', () => socket.send(JSON.stringify({ type: 'hello', token: secure.token })))
    assert.match(await welcome, /"type":"welcome"/)
    socket.terminate()
  })

  test('nothing is served in the clear, nor by versions of TLS that are broken', async () => {
    for (const port of [secure.httpPort, secure.wsPort]) {
      await assert.rejects(
        new Promise((resolve, reject) => {
          const req = plainRequest({ host: '127.0.0.1', port, path: '/health' }, resolve)
          req.on('error', reject)
          req.end()
        }),
      )
      await assert.rejects(
        new Promise((resolve, reject) => {
          const versions = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
          const socket = connectTls({
            host: '127.0.0.1',
            port,
            servername: 'localhost',
            ca: authority.pem,
            ...versions,
          })
          socket.on('error', reject)
          socket.on('secureConnect', () => resolve(socket.destroy()))
        }),
      )
    }
  })
})
