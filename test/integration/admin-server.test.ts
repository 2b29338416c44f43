import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { createRegistry } from '../../bin/metrics.ts'
import type { ClusterPage } from '../../bin/cluster-page.ts'
import { startAdminServer, type AdminServer } from '../../bin/admin-server.ts'
import { silentLogger } from '../support/silent-logger.ts'

let reasons: readonly string[] = []
let cluster: ClusterPage | null = null
const page = (over: Partial<ClusterPage>): ClusterPage => ({
  summary: () => ({}),
  room: () => Promise.resolve(null),
  ...over,
})
const registry = createRegistry()

const start = (metrics: { registry: typeof registry; path: string } | null) =>
  startAdminServer({ port: 0, checks: () => reasons, cluster: () => cluster, metrics, log: silentLogger })

/** Sends bytes as they are and reads until the server closes. */
async function raw(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let answer = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk))
  socket.on('error', () => undefined)
  socket.write(text)
  await once(socket, 'close')
  return answer
}

describe('the admin port', () => {
  let server: AdminServer
  let url: string
  before(async () => {
    server = await start({ registry, path: '/metrics' })
    url = `http://127.0.0.1:${server.port}`
  })
  after(() => server.close())

  test('says that the process lives', async () => {
    const response = await fetch(`${url}/health`)
    assert.equal(response.status, 200)
    assert.deepEqual(await response.json(), { status: 'ok' })
  })

  test('says whether it is ready, and why not', async () => {
    assert.equal((await fetch(`${url}/health/ready`)).status, 200)
    reasons = ['the lease is lost', 'the database does not answer']
    const response = await fetch(`${url}/health/ready`)
    reasons = []
    assert.equal(response.status, 503)
    assert.deepEqual(await response.json(), {
      status: 'not_ready',
      reasons: ['the lease is lost', 'the database does not answer'],
    })
  })

  test('shows the metrics of the process in the format of Prometheus', async () => {
    const response = await fetch(`${url}/metrics`)
    assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
    assert.match(await response.text(), /^process_resident_memory_bytes \d+/m)
  })

  test('shows what the process knows of the cluster', async () => {
    assert.equal((await fetch(`${url}/cluster`)).status, 503, 'it has no seat yet')
    cluster = page({ summary: () => ({ members: ['node-1'] }) })
    assert.deepEqual(await (await fetch(`${url}/cluster`)).json(), { members: ['node-1'] })
  })

  test('shows what the process knows of one room', async () => {
    const roomId = '11111111-1111-4111-8111-111111111111'
    cluster = page({ room: (asked) => Promise.resolve(asked === roomId ? { room_id: asked } : null) })
    const response = await fetch(`${url}/cluster/rooms/${roomId}?x=1`)
    assert.deepEqual([response.status, await response.json()], [200, { room_id: roomId }])
    assert.equal((await fetch(`${url}/cluster/rooms/${roomId.replace('1', '2')}`)).status, 404)
    for (const id of ['', 'x', '..%2f', `${roomId}/`]) {
      assert.equal((await fetch(`${url}/cluster/rooms/${id}`)).status, 400, id)
    }
  })

  test('answers 500 without details when a part throws, and lives on', async () => {
    cluster = page({
      summary: () => {
        throw new Error('password is hunter2')
      },
    })
    const response = await fetch(`${url}/cluster`)
    assert.equal(response.status, 500)
    assert.deepEqual(await response.json(), { error: 'see the log' })
    assert.equal((await fetch(`${url}/health`)).status, 200)
  })

  test('takes GET only, and has nothing at other addresses', async () => {
    const response = await fetch(`${url}/health`, { method: 'POST', body: 'x' })
    assert.equal(response.status, 405)
    assert.equal(response.headers.get('allow'), 'GET')
    assert.equal((await fetch(`${url}/secrets`)).status, 404)
  })

  test('takes no body, and no headers beyond 8 KiB', async () => {
    const body = await raw(server.port, 'GET /health HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nhello')
    assert.match(body, /^HTTP\/1\.1 413 /)
    const headers = await raw(server.port, `GET /health HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(9_000)}\r\n\r\n`)
    assert.match(headers, /^HTTP\/1\.1 431 /)
  })

  test('refuses a port that is taken', async () => {
    const taken = startAdminServer({
      port: server.port,
      checks: () => [],
      cluster: () => null,
      metrics: null,
      log: silentLogger,
    })
    await assert.rejects(taken, { code: 'EADDRINUSE' })
  })
})

test('an admin port without metrics answers 404 there', async () => {
  const server = await start(null)
  assert.equal((await fetch(`http://127.0.0.1:${server.port}/metrics`)).status, 404)
  await server.close()
})

test('closing ends a connection that is held open', async () => {
  const server = await start(null)
  const socket = connect(server.port, '127.0.0.1')
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  await Promise.all([once(socket, 'close'), server.close()])
})
