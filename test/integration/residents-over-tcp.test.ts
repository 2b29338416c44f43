import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Resident, ResidentContext } from '../../cluster/actor-runtime/resident.ts'
import type { PeerIdentity } from '../../cluster/transport/port.ts'
import { certificateName, type LinkAuth } from '../../cluster/transport/tls-sockets.ts'
import type { CommandResult } from '../../protocol/cluster/results.ts'
import { actorKey, commandId, type ActorKey } from '../../protocol/ids.ts'
import { CertificateAuthority } from '../support/certificates.ts'
import { sessionNumber } from '../support/memory-cluster-bench.ts'
import { TcpCluster, type TcpGateway, type TcpNode } from '../support/tcp-cluster.ts'
import { waitUntil } from '../support/wait.ts'

const alice = sessionNumber(1)
const key = actorKey('tally', 'alice-is-here')
const secret = 'the secret of the cluster'
const authority = new CertificateAuthority()
after(() => authority.remove())

/** Notes what it hears, and says it again to Alice. */
class Echo implements Resident {
  readonly context: ResidentContext
  readonly heard: { readonly text: string; readonly from: PeerIdentity }[] = []

  constructor(context: ResidentContext) {
    this.context = context
  }

  onDatagram(payload: Uint8Array, from: PeerIdentity): void {
    const text = Buffer.from(payload).toString()
    this.heard.push({ text, from })
    this.context.tell(alice, Buffer.from(`again: ${text}`), 1)
  }

  onState(): void {
    // What it says does not depend on the state.
  }

  end(): void {
    // It has no timers.
  }
}

const overTcp = (what: string, auth: () => LinkAuth): void =>
  void describe(`residents of two nodes, ${what}`, () => {
    const echoes: Echo[] = []
    let cluster: TcpCluster
    let nodes: readonly [TcpNode, TcpNode]
    let gateway: TcpGateway
    let number = 0

    const ask = (to: ActorKey, command: unknown): Promise<CommandResult> =>
      gateway.router.ask(to, command, { commandId: commandId('test', (number += 1)), deadlineMs: 5_000 })
    /** The resident of an actor under the latest epoch. */
    const echoOf = (of: ActorKey): Echo => {
      const echo = echoes.findLast(({ context }) => context.key === of)
      assert.ok(echo, `nothing lives beside ${of}`)
      return echo
    }
    const nodeOf = (of: ActorKey): TcpNode => {
      const node = nodes.find(({ facts }) => facts.process === echoOf(of).context.process)
      assert.ok(node)
      return node
    }
    const hasBegun = (count: number) => waitUntil('it has begun', () => echoes.length === count)
    /** Wakes tallies until one is on that node. */
    const oneOn = async (node: TcpNode): Promise<ActorKey> => {
      for (;;) {
        const one = actorKey('tally', `number-${(number += 1)}`)
        const before = echoes.length
        assert.equal((await ask(one, { type: 'add', by: 1 })).status, 'ok')
        await hasBegun(before + 1)
        if (nodeOf(one) === node) return one
      }
    }
    /** Says something until it is taken: the first one finds no way yet, and has one looked for. */
    const say = async (from: Pick<ResidentContext, 'send'>, to: ActorKey, text: string) => {
      const echo = echoOf(to)
      await waitUntil('a way is found', () => from.send(to, Buffer.from(text), 0))
      await waitUntil('it is heard', () => echo.heard.some((each) => each.text === text))
      return echo.heard.find((each) => each.text === text)
    }
    const otherThan = (node: TcpNode): TcpNode => (node === nodes[0] ? nodes[1] : nodes[0])

    before(async () => {
      cluster = await TcpCluster.open(auth(), (context) => {
        const echo = new Echo(context)
        echoes.push(echo)
        return echo
      })
      nodes = [await cluster.node('node-1'), await cluster.node('node-2')]
      gateway = await cluster.gateway('gateway-1')
      const attach = { type: 'attach', session: alice }
      const held = { reattach: () => attach, onLost: (code: string) => assert.fail(code) }
      gateway.router.hold(key, alice, held, Number.MAX_SAFE_INTEGER)
      const result = await gateway.router.ask(key, attach, { commandId: commandId('carry', 1), subscribe: alice })
      assert.equal(result.status, 'accepted', JSON.stringify(result))
      gateway.router.hold(key, alice, held, 'at' in result ? result.at.epoch : 0)
      await hasBegun(1)
    })
    after(() => cluster.close())

    test('answer a gateway', async () => {
      const heard = await say({ send: (...to) => gateway.router.datagram(...to) }, key, 'here')
      assert.equal(heard?.from.process, 'gateway-1')
      await waitUntil('the gateway hears', () => gateway.datagrams.length === 1)
      const [datagram] = gateway.datagrams
      assert.deepEqual(
        [datagram?.key, datagram?.epoch, Buffer.from(datagram?.payload ?? []).toString()],
        [key, 1, 'again: here'],
      )
    })

    test('are heard by one on another node', async () => {
      const far = echoOf(await oneOn(otherThan(nodeOf(key)))).context
      const heard = await say(far, key, 'from far')
      assert.deepEqual([heard?.from.process, heard?.from.role], [far.process, 'node'])
    })

    test('are heard by one on their own node, which dials itself once', async () => {
      const node = nodeOf(key)
      const near = echoOf(await oneOn(node)).context
      const own = () => node.accepted.filter(({ peer }) => peer.process === node.facts.process)
      assert.deepEqual(own(), [])
      const heard = await say(near, key, 'from near')
      assert.deepEqual([heard?.from.process, heard?.from.role], [node.facts.process, 'node'])
      await say(echoOf(key).context, near.key, 'and back')
      assert.equal(own().length, 1)
    })

    test('ask actors on their own node and on the other one', async () => {
      const { context } = echoOf(key)
      for (const node of nodes) {
        const to = await oneOn(node)
        const answer = await context.ask(to, { type: 'add', by: 2 }, { commandId: commandId('resident', number) })
        assert.deepEqual(answer.status === 'ok' && answer.value, 3)
      }
    })

    test('and hand-offs go over one link: what residents ask afterwards is carried out', async () => {
      const { context } = echoOf(key)
      const node = nodeOf(key)
      const other = otherThan(node)
      const there = await oneOn(other)
      const moving = await oneOn(node)
      const begun = echoes.length
      await say(context, there, 'before')
      const heir = cluster.view().get(other.facts.process)
      assert.ok(heir)
      assert.equal(await node.handOffs.handOff(moving, heir), 'moved')
      await hasBegun(begun + 1)
      assert.equal(echoOf(moving).context.epoch, 2)
      const answer = await context.ask(there, { type: 'add', by: 2 }, { commandId: commandId('resident', number) })
      assert.deepEqual(answer.status === 'ok' && answer.value, 3)
      await say(context, moving, 'behind')
      assert.equal(other.accepted.filter(({ peer }) => peer.process === node.facts.process).length, 1)
    })
  })

overTcp('over TCP', () => ({ secret, tls: null }))
overTcp('over TLS by certificates', () => ({ secret: null, tls: authority.issue([certificateName]) }))
