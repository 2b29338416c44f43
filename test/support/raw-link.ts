import { randomUUID } from 'node:crypto'
import { backgroundTimers, systemClock } from '../../bin/system-ports.ts'
import { protocolRange, RedisCluster, TcpTransport } from '../../cluster/index.ts'
import { frameType, type Frame, type PeerLink } from '../../cluster/transport/port.ts'
import type { CommandEnvelope } from '../../protocol/cluster/envelopes.ts'
import type { ActorKey, CommandId, Incarnation, ProcessId } from '../../protocol/ids.ts'
import type { TestCluster } from './cluster.ts'
import { services } from './services.ts'
import { silentLogger } from './silent-logger.ts'

/** A link of the test's own to one node, to see every frame that the node sends on it. */
export class RawLink {
  readonly frames: Frame[] = []
  closed: string | null = null
  readonly #link: PeerLink
  readonly #transport: TcpTransport
  #count = 0

  private constructor(link: PeerLink, transport: TcpTransport) {
    this.#link = link
    this.#transport = transport
    link.onFrame((frame) => void this.frames.push(frame))
    link.onClose((reason) => (this.closed = reason))
  }

  static async to(node: string, cluster: TestCluster): Promise<RawLink> {
    const ports = { clock: systemClock, timers: backgroundTimers, logger: silentLogger }
    const view = new RedisCluster({ url: services.redisUrl(), keyPrefix: cluster.keyPrefix, name: 'test', ...ports })
    await view.start(5_000)
    const member = view.membership.view().get(node as ProcessId)
    view.stop()
    if (!member) throw new Error(`${node} holds no lease`)
    const self = {
      process: 'test-link' as ProcessId,
      incarnation: randomUUID() as Incarnation,
      role: 'tool',
      protocol: protocolRange,
    } as const
    const transport = new TcpTransport({ self, secret: cluster.env['CLUSTER_SECRET'] ?? '', ...ports })
    return new RawLink(await transport.dial(member, 2_000), transport)
  }

  /** Sends a command with a generous budget; its id is `raw/<n>`. */
  send(key: ActorKey, command: unknown): void {
    this.#count += 1
    const envelope: CommandEnvelope = { id: `raw/${this.#count}` as CommandId, command, activate: true }
    this.#link.send({
      type: frameType.command,
      lane: 0,
      correlation: this.#count,
      epoch: 0,
      seq: 0,
      deadlineMs: 60_000,
      key,
      payload: new TextEncoder().encode(JSON.stringify(envelope)),
    })
  }

  async close(): Promise<void> {
    await this.#transport.close()
  }
}
