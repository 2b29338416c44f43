import { randomUUID } from 'node:crypto'
import { backgroundTimers, systemClock } from '../../bin/system-ports.ts'
import { order, protocolRange, RedisCluster, TcpTransport } from '../../cluster/index.ts'
import type { ControlRequest } from '../../protocol/cluster/control.ts'
import type { Incarnation, ProcessId } from '../../protocol/ids.ts'
import type { TestCluster } from '../support/cluster.ts'
import { services } from '../support/services.ts'
import { silentLogger } from '../support/silent-logger.ts'

const ports = { clock: systemClock, timers: backgroundTimers, logger: silentLogger }

/** Gives orders to nodes, as `roomctl` does, without starting a process for each. */
export class Operator {
  readonly #view: RedisCluster
  readonly #transport: TcpTransport

  private constructor(view: RedisCluster, transport: TcpTransport) {
    this.#view = view
    this.#transport = transport
  }

  static async of(cluster: TestCluster): Promise<Operator> {
    const view = new RedisCluster({ url: services.redisUrl(), keyPrefix: cluster.keyPrefix, name: 'bench', ...ports })
    const self = {
      process: 'bench' as ProcessId,
      incarnation: randomUUID() as Incarnation,
      role: 'tool',
      protocol: protocolRange,
    } as const
    await view.start(5_000)
    return new Operator(view, new TcpTransport({ self, secret: cluster.env['CLUSTER_SECRET'] ?? '', ...ports }))
  }

  async tell(node: string, request: ControlRequest): Promise<Readonly<Record<string, unknown>>> {
    const member = (await this.#view.membership.refresh()).get(node as ProcessId)
    if (!member) throw new Error(`${node} holds no lease`)
    const answer = await order(member, request, {
      transport: this.#transport,
      timers: backgroundTimers,
      withinMs: 60_000,
    })
    if (!answer.done) throw new Error(answer.problem)
    return answer.value
  }

  async close(): Promise<void> {
    this.#view.stop()
    await this.#transport.close()
  }
}
