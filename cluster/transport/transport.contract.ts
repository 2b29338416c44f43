import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { ActorKey, Incarnation, ProcessId } from '../../protocol/ids.ts'
import { upMember } from '../../test/support/specimens.ts'
import type { Life, Member, ProcessRole } from '../membership/port.ts'
import type { LinkSelf } from './hand-shake.ts'
import { DialError, frameType, type Frame, type PeerLink, type Transport } from './port.ts'

/** One network under test. */
export interface TransportBench {
  transport(self: LinkSelf, secret?: string): Transport
  /** Lets time pass until it is settled. */
  done<T>(promise: Promise<T>): Promise<T>
  /** Lets time pass until it is true; fails with the reason. */
  until(reason: string, check: () => boolean): Promise<void>
  close(): Promise<void>
}

export const someone = (process: string, role: ProcessRole, protocol = { min: 1, max: 1 }): LinkSelf => ({
  process: process as ProcessId,
  incarnation: randomUUID() as Incarnation,
  role,
  protocol,
})

export const memberAt = (self: LinkSelf, port: number): Member =>
  upMember(self.process, { ...self, address: { host: '127.0.0.1', port } })

export const frameOf = (correlation: number, over: Partial<Frame> = {}): Frame => ({
  type: frameType.command,
  lane: 0,
  correlation,
  epoch: 2,
  seq: 3,
  deadlineMs: 500,
  key: 'room:a' as ActorKey,
  payload: new TextEncoder().encode(`{"n":${correlation}}`),
  ...over,
})

export const isDialError = (reason: DialError['reason']) => (error: unknown) =>
  error instanceof DialError && error.reason === reason

const chunk = new Uint8Array(512 * 1024)
const plain = ({ payload, ...rest }: Frame) => ({ ...rest, payload: [...payload] })

/** What every transport promises. */
export function transportContract(name: string, open: () => Promise<TransportBench>): void {
  describe(name, () => {
    const gateway = someone('gateway-1', 'gateway')
    const node = someone('node-1', 'node')
    let bench: TransportBench
    let dialer: Transport
    let listener: Transport
    let accepted: PeerLink[]
    let port: number

    beforeEach(async () => {
      bench = await open()
      dialer = bench.transport(gateway)
      listener = bench.transport(node)
      accepted = []
      port = await bench.done(listener.listen('127.0.0.1', 0, (link) => accepted.push(link)))
    })
    afterEach(async () => {
      await bench.done(Promise.all([dialer.close(), listener.close()]))
      await bench.close()
    })

    const dial = (target = memberAt(node, port), from = dialer) => bench.done(from.dial(target, 2_000))
    /** Both ends of a new link. */
    const linked = async (): Promise<[PeerLink, PeerLink]> => {
      const near = await dial()
      await bench.until('the listener has the link', () => accepted.length > 0)
      return [near, accepted.at(-1)!]
    }
    const framesOf = (link: PeerLink): Frame[] => {
      const frames: Frame[] = []
      link.onFrame((frame) => frames.push(frame))
      return frames
    }
    const endsOf = (link: PeerLink): string[] => {
      const ends: string[] = []
      link.onClose((reason) => ends.push(reason))
      return ends
    }

    describe('through a passage', () => {
      const between = someone('node-2', 'node')
      const known: Member[] = []
      let way: Transport
      let target: Member
      let wayIn: Member

      beforeEach(async () => {
        way = bench.transport(between)
        target = memberAt(node, port)
        known.splice(0, known.length, target)
        const find = ({ process, incarnation }: Life) =>
          known.find((member) => member.process === process && member.incarnation === incarnation) ?? null
        wayIn = memberAt(between, await bench.done(way.listen('127.0.0.1', 0, () => undefined, { find })))
      })
      afterEach(() => bench.done(way.close()))

      const through = (to = target) => bench.done(dialer.dialThrough(wayIn, to, 2_000))

      test('both ends know who is at the other, and only the dialer knows of the passage', async () => {
        const near = await through()
        await bench.until('the listener has the link', () => accepted.length > 0)
        const far = accepted.at(-1)!
        assert.deepEqual(near.peer, { process: node.process, incarnation: node.incarnation, role: 'node' })
        assert.deepEqual(far.peer, { process: gateway.process, incarnation: gateway.incarnation, role: 'gateway' })
        assert.deepEqual([near.via, far.via], [between.process, null])
      })

      test('frames arrive as they were sent, also more of them than may wait on the way', async () => {
        const near = await through()
        await bench.until('the listener has the link', () => accepted.length > 0)
        const [atNear, atFar] = [framesOf(near), framesOf(accepted.at(-1)!)]
        for (let n = 1; n <= 8; n += 1) {
          assert.ok(near.send(frameOf(n, { payload: chunk })))
          assert.ok(accepted.at(-1)!.send(frameOf(n, { payload: chunk })))
        }
        await bench.until('all arrive', () => atNear.length === 8 && atFar.length === 8)
        for (const frames of [atNear, atFar]) {
          assert.deepEqual(
            frames.map(({ correlation, payload }) => [correlation, payload.length]),
            Array.from({ length: 8 }, (_, index) => [index + 1, chunk.length]),
          )
        }
      })

      test('the end of one end is the end of the other', async () => {
        const near = await through()
        await bench.until('the listener has the link', () => accepted.length > 0)
        const [atNear, atFar] = [endsOf(near), endsOf(accepted.at(-1)!)]
        near.close('done')
        await bench.until('both are told', () => atNear.length + atFar.length === 2)
        assert.deepEqual([atNear, atFar], [['done'], ['closed_by_peer']])
      })

      test('it ends with the node that gives it', async () => {
        const near = await through()
        const ends = endsOf(near)
        await bench.done(way.close())
        await bench.until('it is told', () => ends.length === 1)
      })

      test('is not given to whom the node does not know, and not to itself', async () => {
        known.length = 0
        await assert.rejects(through(), isDialError('no_passage'))
        known.push(wayIn)
        await assert.rejects(through(wayIn), isDialError('no_passage'))
      })

      test('a life is not mistaken for the one before it', async () => {
        const next = { ...target, incarnation: someone('node-1', 'node').incarnation }
        known.push(next)
        await assert.rejects(through(next), isDialError('wrong_incarnation'))
      })

      test('leads to nobody where nobody listens', async () => {
        await bench.done(listener.close())
        await assert.rejects(through(), isDialError('other'))
      })

      test('is not to be had of a listener that knows of none', async () => {
        await assert.rejects(bench.done(dialer.dialThrough(target, wayIn, 2_000)), isDialError('protocol'))
      })
    })

    test('both ends know who is at the other, and frames pass both ways as they were sent', async () => {
      const [near, far] = await linked()
      assert.deepEqual(near.peer, { process: node.process, incarnation: node.incarnation, role: 'node' })
      assert.deepEqual(far.peer, { process: gateway.process, incarnation: gateway.incarnation, role: 'gateway' })
      const [atNear, atFar] = [framesOf(near), framesOf(far)]
      assert.ok(near.send(frameOf(1)))
      assert.ok(far.send(frameOf(1, { type: frameType.push, lane: 1, epoch: 9, seq: 2 ** 33 })))
      assert.ok(far.send(frameOf(2, { type: frameType.datagram, lane: 1, epoch: 9 })))
      assert.ok(far.send(frameOf(3, { type: frameType.stray, lane: 1 })))
      await bench.until('all arrive', () => atNear.length === 3 && atFar.length === 1)
      assert.deepEqual(atFar.map(plain), [plain(frameOf(1))])
      assert.deepEqual(atNear.map(plain), [
        plain(frameOf(1, { type: frameType.push, lane: 1, epoch: 9, seq: 2 ** 33 })),
        plain(frameOf(2, { type: frameType.datagram, lane: 1, epoch: 9 })),
        plain(frameOf(3, { type: frameType.stray, lane: 1 })),
      ])
    })

    test('frames of a lane arrive in order, also those sent before anybody listened', async () => {
      const [near, far] = await linked()
      for (let n = 1; n <= 500; n += 1) near.send(frameOf(n, { lane: n % 2 === 0 ? 0 : 1 }))
      await bench.until('the far end is there', () => accepted.length === 1)
      const frames = framesOf(far)
      for (let n = 501; n <= 1_000; n += 1) near.send(frameOf(n, { lane: n % 2 === 0 ? 0 : 1 }))
      await bench.until('all arrive', () => frames.length === 1_000)
      for (const lane of [0, 1]) {
        const order = frames.filter((frame) => frame.lane === lane).map(({ correlation }) => correlation)
        assert.deepEqual(
          order,
          order.toSorted((a, b) => a - b),
        )
        assert.equal(order.length, 500)
      }
    })

    test('a peer that does not read: lane 1 is refused at 4 MiB, lane 0 passes by what waits', async () => {
      const [near, far] = await linked()
      let taken = 0
      const fill = () => {
        for (; taken < 200 && near.send(frameOf(taken + 1, { lane: 1, payload: chunk }));) taken += 1
        return !near.send(frameOf(taken + 1, { lane: 1, payload: chunk })) && taken >= 8
      }
      await bench.until('lane 1 is full', fill)
      assert.ok(near.send(frameOf(9_999)))
      const frames = framesOf(far)
      await bench.until('all arrive', () => frames.length === taken + 1)
      const at = frames.findIndex(({ correlation }) => correlation === 9_999)
      assert.ok(at < taken, `the frame of lane 0 came as number ${at} of ${taken + 1}`)
    })

    test('a peer that never reads loses the link when 16 MiB of lane 0 wait', async () => {
      const [near] = await linked()
      const ends = endsOf(near)
      await bench.until('the link is closed', () => {
        near.send(frameOf(1, { payload: chunk }))
        return ends.length > 0
      })
      assert.deepEqual(ends, ['overflow'])
      assert.equal(near.send(frameOf(2)), false)
    })

    test('a close is told once at each end, late listeners included, and what was sent before still arrives', async () => {
      const [near, far] = await linked()
      const [nearEnds, farEnds, frames] = [endsOf(near), endsOf(far), framesOf(far)]
      for (let n = 1; n <= 50; n += 1) near.send(frameOf(n, { lane: n % 2 === 0 ? 0 : 1 }))
      near.close('enough')
      near.close('more than enough')
      assert.equal(near.send(frameOf(51)), false)
      assert.deepEqual(nearEnds, [], 'nobody is called back within the call')
      await bench.until('both ends are closed', () => nearEnds.length > 0 && farEnds.length > 0)
      assert.equal(frames.length, 50)
      const late = endsOf(near)
      assert.deepEqual(late, [])
      await bench.until('the late one is told', () => late.length > 0)
      far.close('me too')
      assert.deepEqual([nearEnds, farEnds, late], [['enough'], ['closed_by_peer'], ['enough']])
    })

    test('a listener that throws costs that frame and no other', async () => {
      const [near, far] = await linked()
      const seen: number[] = []
      far.onFrame(({ correlation }) => {
        seen.push(correlation)
        if (correlation === 1) throw new Error('a bug')
      })
      near.send(frameOf(1))
      near.send(frameOf(2))
      await bench.until('both were handed over', () => seen.length === 2)
    })

    test('a frame above 1 MiB is not taken, and the link lives on', async () => {
      const [near, far] = await linked()
      const frames = framesOf(far)
      assert.equal(near.send(frameOf(1, { payload: new Uint8Array(1024 * 1024 + 1) })), false)
      assert.ok(near.send(frameOf(2, { payload: new Uint8Array(1024 * 1024) })))
      await bench.until('the other arrives', () => frames.length === 1)
      assert.equal(frames[0]?.payload.length, 1024 * 1024)
    })

    test('a port where nobody listens refuses; a process without an address cannot be dialled', async () => {
      await bench.done(listener.close())
      await assert.rejects(dial(), isDialError('refused'))
      await assert.rejects(dial({ ...memberAt(node, port), address: null }), isDialError('other'))
    })

    test('another life behind the same address is not who was meant', async () => {
      const reborn = { ...memberAt(node, port), incarnation: randomUUID() as Incarnation }
      await assert.rejects(dial(reborn), isDialError('wrong_incarnation'))
      const renamed = { ...memberAt(node, port), process: 'node-2' as ProcessId }
      await assert.rejects(dial(renamed), isDialError('wrong_incarnation'))
      assert.equal(accepted.length, 0)
    })

    test('without the secret, or without a common version, there is no link', async () => {
      const stranger = bench.transport(someone('gateway-2', 'gateway'), 'another secret of the cluster')
      await assert.rejects(dial(memberAt(node, port), stranger), isDialError('not_authentic'))
      const newer = bench.transport(someone('gateway-3', 'gateway', { min: 2, max: 3 }))
      await assert.rejects(dial(memberAt(node, port), newer), isDialError('protocol'))
      assert.equal(accepted.length, 0)
      await bench.done(Promise.all([stranger.close(), newer.close()]))
    })

    test('a link says which version it speaks: the highest that both ends know', async () => {
      const older = bench.transport(someone('gateway-3', 'gateway', { min: 0, max: 1 }))
      const near = await dial(memberAt(node, port), older)
      await bench.until('the listener has the link', () => accepted.length > 0)
      assert.deepEqual([near.protocol, accepted.at(-1)?.protocol], [1, 1])
      await bench.done(older.close())
    })

    test('a transport that closes takes its links and its port with it', async () => {
      const [near, far] = await linked()
      const [nearEnds, farEnds] = [endsOf(near), endsOf(far)]
      await bench.done(listener.close())
      await bench.until('both ends are closed', () => nearEnds.length > 0 && farEnds.length > 0)
      assert.deepEqual([nearEnds, farEnds], [['closed_by_peer'], ['stopping']])
      await bench.done(dialer.close())
      await assert.rejects(dial(), isDialError('other'))
    })
  })
}
