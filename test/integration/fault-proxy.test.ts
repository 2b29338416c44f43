import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { after, before, beforeEach, afterEach, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { FaultProxy } from '../support/fault-proxy.ts'
import { waitUntil } from '../support/wait.ts'

describe('the fault proxy', () => {
  let server: Server
  let proxy: FaultProxy
  const accepted: Socket[] = []

  before(async () => {
    // Says back what it hears.
    server = createServer((socket) => {
      accepted.push(socket)
      socket.on('error', () => undefined)
      socket.pipe(socket)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  after(() => server.close())
  beforeEach(async () => {
    accepted.length = 0
    proxy = await FaultProxy.before((server.address() as AddressInfo).port)
  })
  afterEach(() => proxy.shut())

  async function client() {
    const socket = connect(proxy.port, '127.0.0.1')
    const heard: Buffer[] = []
    const state = { error: '' }
    socket.on('data', (chunk: Buffer) => heard.push(chunk))
    socket.on('error', (error: NodeJS.ErrnoException) => (state.error = error.code ?? ''))
    await once(socket, 'connect')
    await waitUntil('the server has it', () => accepted.length > 0)
    return { socket, heard, state, text: () => Buffer.concat(heard).toString() }
  }

  test('lets bytes through both ways, and an end too', async () => {
    const { socket, text } = await client()
    socket.end('hello')
    await once(socket, 'close')
    assert.equal(text(), 'hello')
    await waitUntil('it holds no connection', () => proxy.size === 0)
  })

  for (const direction of ['in', 'out'] as const) {
    test(`holds what goes ${direction} and delivers it when it is healed`, async () => {
      const { socket, text } = await client()
      proxy.behave(direction, { holds: true })
      socket.write('held')
      await sleep(60)
      assert.equal(text(), '')
      proxy.heal()
      await waitUntil('it comes', () => text() === 'held')
      socket.destroy()
    })
  }

  test('delays, and keeps the order with jitter', async () => {
    const { socket, text } = await client()
    proxy.behave('in', { delayMs: 80, jitterMs: 40 })
    const sentMs = performance.now()
    for (const word of ['a', 'b', 'c', 'd']) {
      socket.write(word)
      await sleep(2)
    }
    await waitUntil('all came', () => text().length === 4)
    assert.equal(text(), 'abcd')
    assert.ok(performance.now() - sentMs >= 80)
    socket.destroy()
  })

  test('slices', async () => {
    const { socket, heard, text } = await client()
    proxy.behave('out', { sliceBytes: 3 })
    socket.write('0123456789')
    await waitUntil('all came', () => text() === '0123456789')
    assert.ok(heard.length > 1)
    socket.destroy()
  })

  test('stops a sender when too much is held', async () => {
    const { socket } = await client()
    proxy.behave('in', { holds: true })
    // More than the proxy keeps and than the kernel's buffers take.
    for (let sent = 0; sent < 64; sent += 1) socket.write(Buffer.alloc(512 * 1024))
    await sleep(200)
    assert.ok(socket.writableLength > 8 * 1024 * 1024, `${socket.writableLength} bytes wait at the sender`)
    socket.destroy()
  })

  test('resets connections, and refuses new ones while it is shut', async () => {
    const { socket, state } = await client()
    proxy.reset()
    await waitUntil('the client is reset', () => state.error === 'ECONNRESET')
    socket.destroy()
    await proxy.shut()
    const refused = connect(proxy.port, '127.0.0.1')
    const [error] = (await once(refused, 'error')) as [NodeJS.ErrnoException]
    assert.equal(error.code, 'ECONNREFUSED')
    await proxy.open()
    const back = await client()
    back.socket.destroy()
  })
})
