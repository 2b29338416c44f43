import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { after, describe, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { certificateName, type LinkAuth, type LinkTls } from '../../cluster/transport/tls-sockets.ts'
import type { LinkSelf } from '../../cluster/transport/hand-shake.ts'
import { DialError, type PeerLink } from '../../cluster/transport/port.ts'
import { TcpTransport } from '../../cluster/transport/tcp.ts'
import {
  frameOf,
  isDialError,
  memberAt,
  someone,
  transportContract,
} from '../../cluster/transport/transport.contract.ts'
import { backgroundTimers, systemClock } from '../../bin/system-ports.ts'
import type { Logger } from '../../protocol/ports.ts'
import { CertificateAuthority } from '../support/certificates.ts'
import { silentLogger } from '../support/silent-logger.ts'
import { waitUntil } from '../support/wait.ts'

const secret = 'the secret of the cluster'
const authority = new CertificateAuthority()
const stranger = new CertificateAuthority('another')
after(() => {
  authority.remove()
  stranger.remove()
})
const anyRole = authority.issue([certificateName])
const nodeOnly = authority.issue([`node.${certificateName}`])
const gatewayOnly = authority.issue([`gateway.${certificateName}`])

const transportOf = (self: LinkSelf, auth: LinkAuth, logger: Logger = silentLogger) =>
  new TcpTransport({ self, ...auth, clock: systemClock, timers: backgroundTimers, logger })

const bench = (auth: (withSecret: string) => LinkAuth) => () =>
  Promise.resolve({
    transport: (self: LinkSelf, withSecret = secret) => transportOf(self, auth(withSecret)),
    done: <T>(promise: Promise<T>) => promise,
    until: (reason: string, check: () => boolean) => waitUntil(reason, check, 10_000),
    close: () => Promise.resolve(),
  })

transportContract(
  'links under TLS with a secret',
  bench((withSecret) => ({ secret: withSecret, tls: anyRole })),
)
// Who does not know the secret of the contract is of another cluster here.
const outsider = stranger.issue([certificateName])
transportContract(
  'links under TLS, each end known by its certificate',
  bench((withSecret) => ({ secret: null, tls: withSecret === secret ? anyRole : outsider })),
)

const gateway = someone('gateway-1', 'gateway')
const node = someone('node-1', 'node')
const byCertificate = (tls: LinkTls): LinkAuth => ({ secret: null, tls })
const both = (tls: LinkTls): LinkAuth => ({ secret, tls })

/** What a dial comes to between two, and why the listener refused. */
async function dialled(dialer: LinkAuth, listener: LinkAuth, self = gateway) {
  const refused: unknown[] = []
  const logger: Logger = {
    ...silentLogger,
    warn: (fields) => void refused.push('reason' in fields ? fields.reason : null),
  }
  const [from, to] = [transportOf(self, dialer), transportOf(node, listener, logger)]
  const accepted: PeerLink[] = []
  const port = await to.listen('127.0.0.1', 0, (link) => accepted.push(link))
  try {
    const outcome = await from.dial(memberAt(node, port), 2_000).then(
      () => 'linked',
      (error: unknown) => (error instanceof DialError ? error.reason : String(error)),
    )
    if (outcome !== 'linked') assert.equal(accepted.length, 0)
    return { outcome, refused }
  } finally {
    await Promise.all([from.close(), to.close()])
  }
}

describe('certificates', () => {
  test('for the role of each end are believed, and for any role', async () => {
    for (const auth of [byCertificate, both]) {
      assert.equal((await dialled(auth(gatewayOnly), auth(nodeOnly))).outcome, 'linked')
      assert.equal((await dialled(auth(anyRole), auth(anyRole))).outcome, 'linked')
    }
  })

  const bad: readonly (readonly [string, LinkTls])[] = [
    ['of another authority', stranger.issue([certificateName], { believes: authority.pem })],
    ['that are over', authority.issue([certificateName], { days: -1 })],
    ['that name another role', authority.issue([`relay.${certificateName}`])],
    ['that name a host of the same authority', authority.issue(['shop.example'])],
  ]
  for (const [name, tls] of bad) {
    test(`${name} make no listener`, async () => {
      for (const auth of [byCertificate, both]) {
        assert.equal((await dialled(auth(anyRole), auth(tls))).outcome, 'not_authentic')
      }
    })

    test(`${name} make no dialer where certificates are what counts`, async () => {
      const { outcome, refused } = await dialled(byCertificate(tls), byCertificate(anyRole))
      assert.match(outcome, /not_authentic|other/)
      assert.equal(refused.length, 1)
    })
  }

  test('of one role do not let a process call itself another', async () => {
    const { outcome, refused } = await dialled(
      byCertificate(gatewayOnly),
      byCertificate(anyRole),
      someone('tool-1', 'tool'),
    )
    assert.notEqual(outcome, 'linked')
    assert.deepEqual(refused, ['not_authentic'])
  })

  test('a dialer that proves the secret only is not let in where certificates are what counts, nor the other way round', async () => {
    assert.notEqual((await dialled(both(anyRole), byCertificate(anyRole))).outcome, 'linked')
    assert.notEqual((await dialled(byCertificate(anyRole), both(anyRole))).outcome, 'linked')
  })
})

describe('what is not TLS', () => {
  test('a plain dialer gets no link from a listener under TLS, and takes it for no dead process', async () => {
    const { outcome, refused } = await dialled({ secret }, both(anyRole))
    assert.match(outcome, /protocol|other/)
    assert.deepEqual(refused, ['tls'])
  })

  test('a dialer under TLS gets no link from a plain listener, and takes it for no dead process', async () => {
    assert.match((await dialled(both(anyRole), { secret })).outcome, /protocol|other/)
  })

  test('strangers that say nothing, garbage, or speak an older TLS are hung up on, and others are served', async () => {
    const listener = transportOf(node, both(anyRole))
    const port = await listener.listen('127.0.0.1', 0, () => undefined)
    const dialer = transportOf(gateway, both(anyRole))
    try {
      const strangers = ['', 'GET / HTTP/1.1\r\n\r\n'].map((said) => {
        const socket: Socket = connect(port, '127.0.0.1')
        socket.on('error', () => undefined).resume()
        socket.write(said)
        return socket
      })
      const old = connectTls({ port, host: '127.0.0.1', maxVersion: 'TLSv1.2', rejectUnauthorized: false })
      old.on('error', () => undefined)
      await waitUntil('all are hung up on', () => [...strangers, old].every(({ closed }) => closed), 5_000)
      const link = await dialer.dial(memberAt(node, port), 2_000)
      assert.ok(link.send(frameOf(1)))
    } finally {
      await Promise.all([dialer.close(), listener.close()])
    }
  })

  test('a transport that closes does not wait for who is still in the hand-shake of TLS', async () => {
    const listener = transportOf(node, both(anyRole))
    const port = await listener.listen('127.0.0.1', 0, () => undefined)
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => undefined)
    await once(socket, 'connect')
    const fromMs = performance.now()
    await listener.close()
    assert.ok(performance.now() - fromMs < 1_500)
    socket.destroy()
  })
})

test('a proof that a middleman passes on over a channel of his own proves nothing, even with a certificate of the cluster', async () => {
  const listener = transportOf(node, both(anyRole))
  const port = await listener.listen('127.0.0.1', 0, () => undefined)
  // He ends TLS on both sides and passes all frames on as they are.
  const { createServer: createTlsServer } = await import('node:tls')
  const middle = createTlsServer({ ...anyRole, minVersion: 'TLSv1.3' }, (near) => {
    const far = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
    for (const socket of [near, far]) socket.on('error', () => undefined)
    near.pipe(far).pipe(near)
  }).listen(0, '127.0.0.1')
  await once(middle, 'listening')
  const dialer = transportOf(gateway, both(anyRole))
  const dial = dialer.dial(memberAt(node, (middle.address() as AddressInfo).port), 2_000)
  await assert.rejects(dial, isDialError('not_authentic'))
  await Promise.all([dialer.close(), listener.close()])
  middle.close()
})

test('a listener that hangs up in the middle of TLS is no proof that the process is gone', async () => {
  const rude = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
  await once(rude, 'listening')
  const dialer = transportOf(gateway, both(anyRole))
  await assert.rejects(dialer.dial(memberAt(node, (rude.address() as AddressInfo).port), 2_000), isDialError('other'))
  await dialer.close()
  rude.close()
})
