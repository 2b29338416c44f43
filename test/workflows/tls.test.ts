import assert from 'node:assert/strict'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { createServer, type Server } from 'node:tls'
import { TemporalAway, temporalStarter, type TemporalTls } from '../../workflows/index.ts'
import { CertificateAuthority } from '../support/certificates.ts'
import { freshSanction, ScriptedRoom, workerBench } from '../support/rooms-worker.ts'
import { sharedTemporal, type TemporalView } from '../support/temporal.ts'

/** The shared server behind TLS, for those who show a certificate of the authority. */
function behindTls(address: string, authority: CertificateAuthority): Server {
  const colon = address.lastIndexOf(':')
  const { cert, key } = authority.issue(['localhost'])
  const options = { cert, key, ca: authority.pem, requestCert: true, rejectUnauthorized: true, ALPNProtocols: ['h2'] }
  const server = createServer(options, (socket) => {
    const inner = connect(Number(address.slice(colon + 1)), address.slice(0, colon))
    socket.on('error', () => inner.destroy())
    inner.on('error', () => socket.destroy())
    socket.pipe(inner).pipe(socket)
  })
  server.on('tlsClientError', () => undefined)
  return server
}

describe('Temporal behind TLS', { timeout: 60_000 }, () => {
  const authority = new CertificateAuthority()
  let temporal: TemporalView
  let server: Server
  let address: string
  let trusted: TemporalTls

  before(async () => {
    temporal = sharedTemporal()
    server = behindTls(temporal.address, authority)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    address = `localhost:${(server.address() as AddressInfo).port}`
    const { cert, key } = authority.issue(['worker'])
    trusted = { ca: authority.pem, cert, key }
  })
  after(async () => {
    server.close()
    await temporal.close()
  })

  test('is reached by a relay and a worker that believe its authority and show their certificate', async () => {
    const bench = await workerBench()
    const { taskQueue } = bench
    const room = new ScriptedRoom()
    const worker = bench.worker(address, room, { tls: trusted })
    const starter = temporalStarter({ address, namespace: 'default', tls: trusted, identity: 'of a test', taskQueue })
    worker.start()
    try {
      const { ref, workflowId } = freshSanction()
      await starter.deliver({ kind: 'sanction.set', ref, generation: 1, untilMs: Date.now() + 300 })
      assert.equal(await temporal.workflowEnded(workflowId, 15_000), 'COMPLETED')
      assert.equal(room.callsFor(ref).length, 1)
    } finally {
      await worker.stop()
      await starter.close()
    }
  })

  const strangers: readonly (readonly [string, () => TemporalTls | null])[] = [
    ['one in the clear', () => null],
    ['one without a certificate', () => ({ ca: authority.pem })],
    ['one that believes somebody else', () => ({ ...trusted, ca: new CertificateAuthority().pem })],
  ]
  for (const [who, tls] of strangers) {
    test(`is not reached by ${who}`, async () => {
      const starter = temporalStarter({ address, namespace: 'default', tls: tls(), identity: 'of a test' })
      await assert.rejects(starter.check(), TemporalAway)
      await starter.close()
    })
  }
})
