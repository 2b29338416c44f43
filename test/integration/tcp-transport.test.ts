import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { encodeFrame, FrameDecoder, maxFrameBytes } from '../../cluster/transport/frame-codec.ts'
import { DialerHandShake, type LinkSelf } from '../../cluster/transport/hand-shake.ts'
import type { PeerLink } from '../../cluster/transport/port.ts'
import { TcpTransport } from '../../cluster/transport/tcp.ts'
import {
  frameOf,
  isDialError,
  memberAt,
  someone,
  transportContract,
} from '../../cluster/transport/transport.contract.ts'
import { backgroundTimers, systemClock } from '../../bin/system-ports.ts'
import { silentLogger } from '../support/silent-logger.ts'
import { waitUntil } from '../support/wait.ts'

const secret = 'the secret of the cluster'
const transportOf = (self: LinkSelf, withSecret = secret) =>
  new TcpTransport({
    self,
    secret: withSecret,
    clock: systemClock,
    timers: backgroundTimers,
    logger: silentLogger,
  })

transportContract('links over TCP', () =>
  Promise.resolve({
    transport: transportOf,
    done: (promise) => promise,
    until: (reason, check) => waitUntil(reason, check, 10_000),
    close: () => Promise.resolve(),
  }),
)

const gateway = someone('gateway-1', 'gateway')
const node = someone('node-1', 'node')

describe('a listener and peers that mean no good', () => {
  const listener = transportOf(node)
  const dialer = transportOf(gateway)
  const accepted: PeerLink[] = []
  let port: number
  before(async () => {
    port = await listener.listen('127.0.0.1', 0, (link) => accepted.push(link))
  })
  after(async () => {
    await Promise.all([listener.close(), dialer.close()])
  })

  /** A bare connection to the listener. */
  const stranger = async (): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => undefined)
    await once(socket, 'connect')
    socket.resume()
    return socket
  }
  const isHungUp = (socket: Socket) => waitUntil('the stranger is hung up on', () => socket.closed, 5_000)
  const stillServes = async () => {
    const link = await dialer.dial(memberAt(node, port), 2_000)
    link.close('seen')
  }
  const length = (bytes: number) => {
    const head = Buffer.alloc(4)
    head.writeUInt32BE(bytes)
    return head
  }

  test('garbage, lengths out of bounds and frames out of turn are hung up on, and others are served', async () => {
    const before = accepted.length
    for (const bytes of [
      Buffer.from('GET / HTTP/1.1\r\nhost: node-1\r\n\r\n'),
      Buffer.alloc(100, 0xff),
      Buffer.concat([length(3), Buffer.alloc(3)]),
      length(5_000),
      Buffer.concat([length(30), Buffer.alloc(30, 0xee)]),
      encodeFrame(frameOf(1)),
      encodeFrame({ ...frameOf(1), type: 1 }),
    ]) {
      const socket = await stranger()
      socket.write(bytes)
      await isHungUp(socket)
    }
    assert.equal(accepted.length, before)
    await stillServes()
  })

  test('who connects and says nothing, or half a word, is hung up on after two seconds', async () => {
    const silent = await stranger()
    const halting = await stranger()
    halting.write(length(600))
    halting.write(Buffer.alloc(10))
    await Promise.all([isHungUp(silent), isHungUp(halting)])
    await stillServes()
  })

  /** Plays the dialer's hand-shake by hand; what comes afterwards is read and not answered. */
  const authenticated = async (as: LinkSelf): Promise<Socket> => {
    const socket = await stranger()
    const shake = new DialerHandShake(as, () => secret, node)
    const decoder = new FrameDecoder(maxFrameBytes)
    const known = new Promise<void>((resolve) => {
      socket.on('data', (chunk: Buffer) =>
        decoder.feed(chunk, (frame) => {
          if (frame.type > 3) return
          const { send, peer } = shake.next(frame)
          if (send) socket.write(encodeFrame(send))
          if (peer) resolve()
        }),
      )
    })
    socket.write(encodeFrame(shake.begin().send!))
    await known
    return socket
  }
  const linkOf = async (as: LinkSelf) => {
    const find = () => accepted.find(({ peer }) => peer.incarnation === as.incarnation)
    await waitUntil('the listener has the link', () => find() !== undefined)
    return find()!
  }

  test('a peer that answers no ping is suspect, its link still open', async () => {
    const mute = someone('gateway-7', 'gateway')
    const socket = await authenticated(mute)
    const link = await linkOf(mute)
    assert.equal(link.isSuspect(), false)
    const answered = await dialer.dial(memberAt(node, port), 2_000)
    await waitUntil('the link is suspect', () => link.isSuspect(), 5_000)
    assert.ok(link.send(frameOf(1)))
    assert.equal(answered.isSuspect(), false, 'a link of the same age that is answered is not')
    answered.close('seen')
    socket.destroy()
  })

  test('an authenticated peer that sends what is no frame loses its link', async () => {
    for (const bytes of [length(maxFrameBytes + 1), encodeFrame({ ...frameOf(1), type: 1 }), Buffer.alloc(64, 0xee)]) {
      const bad = someone('gateway-8', 'gateway')
      const socket = await authenticated(bad)
      const ends: string[] = []
      const link = await linkOf(bad)
      link.onClose((reason) => ends.push(reason))
      socket.write(bytes)
      await waitUntil('the link is closed', () => ends.length > 0)
      assert.deepEqual(ends, ['bad_frame'])
      await isHungUp(socket)
    }
    await stillServes()
  })

  test('a peer that goes in the middle of a frame ends its link', async () => {
    const gone = someone('gateway-9', 'gateway')
    const socket = await authenticated(gone)
    const link = await linkOf(gone)
    const ends: string[] = []
    link.onClose((reason) => ends.push(reason))
    socket.write(encodeFrame(frameOf(1)).subarray(0, 12), () => socket.destroy())
    await waitUntil('the link is closed', () => ends.length > 0)
    assert.deepEqual(ends, ['closed_by_peer'])
  })
})

describe('a dialer and listeners that mean no good', () => {
  const dialer = transportOf(gateway)
  after(() => dialer.close())

  /** A listener that does with a connection as it likes. */
  const impostor = async (behave: (socket: Socket) => void) => {
    const sockets: Socket[] = []
    const server = createServer((socket) => {
      sockets.push(socket.on('error', () => undefined))
      behave(socket)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const close = () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    }
    return { target: memberAt(node, (server.address() as AddressInfo).port), close }
  }

  test('a port that takes the connection and says nothing times out', async () => {
    const { target, close } = await impostor((socket) => socket.resume())
    await assert.rejects(dialer.dial(target, 200), isDialError('timeout'))
    close()
  })

  test('a port that hangs up, or speaks something else, is no proof that the process is gone', async () => {
    const rude = await impostor((socket) => socket.resume().end())
    await assert.rejects(dialer.dial(rude.target, 2_000), isDialError('other'))
    rude.close()
    const foreign = await impostor((socket) => socket.resume().write('SSH-2.0-OpenSSH_9.2\r\n'))
    await assert.rejects(dialer.dial(foreign.target, 2_000), isDialError('protocol'))
    foreign.close()
  })

  test('a transport that closes gives up its dials', async () => {
    const closing = transportOf(someone('gateway-2', 'gateway'))
    const { target, close } = await impostor((socket) => socket.resume())
    const dial = assert.rejects(closing.dial(target, 10_000), isDialError('other'))
    await closing.close()
    await dial
    close()
  })
})
