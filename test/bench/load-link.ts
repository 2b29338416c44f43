import { randomUUID } from 'node:crypto'
import { backgroundTimers, systemClock } from '../../bin/system-ports.ts'
import { protocolRange, TcpTransport } from '../../cluster/index.ts'
import type { Member } from '../../cluster/membership/port.ts'
import { frameType, type PeerLink } from '../../cluster/transport/port.ts'
import type { CommandResult } from '../../protocol/cluster/results.ts'
import type { ActorKey, Incarnation, ProcessId } from '../../protocol/ids.ts'
import { silentLogger } from '../support/silent-logger.ts'

/** A gateway's link to one node, without the gateway: what a bench sends commands over. */
export class LoadLink {
  readonly #link: PeerLink
  readonly #transport: TcpTransport
  readonly #waiting = new Map<number, (payload: Uint8Array) => void>()
  #count = 0

  private constructor(link: PeerLink, transport: TcpTransport) {
    this.#link = link
    this.#transport = transport
    link.onFrame(({ type, correlation, payload }) => {
      if (type !== frameType.result) return
      const settle = this.#waiting.get(correlation)
      this.#waiting.delete(correlation)
      settle?.(payload)
    })
  }

  static async to(member: Member, secret: string): Promise<LoadLink> {
    const self = {
      process: 'bench' as ProcessId,
      incarnation: randomUUID() as Incarnation,
      role: 'gateway',
      protocol: protocolRange,
    } as const
    const ports = { clock: systemClock, timers: backgroundTimers, logger: silentLogger }
    const transport = new TcpTransport({ self, secret, ...ports })
    return new LoadLink(await transport.dial(member, 2_000), transport)
  }

  /** Sends one command; resolves with its result. */
  ask(key: ActorKey, source: string, command: unknown): Promise<CommandResult> {
    return new Promise((resolve) => {
      this.fire(key, source, JSON.stringify(command), (payload) => resolve(resultOf(payload)))
    })
  }

  /** The lean way: the command is JSON already, and the answer is bytes yet. */
  fire(key: ActorKey, source: string, command: string, answered: (payload: Uint8Array) => void): void {
    this.#count += 1
    const correlation = this.#count
    const payload = Buffer.from(`{"id":"${source}/${correlation}","command":${command},"activate":true}`)
    this.#waiting.set(correlation, answered)
    const type = frameType.command
    this.#link.send({ type, lane: 0, correlation, epoch: 0, seq: 0, deadlineMs: 60_000, key, payload })
  }

  async close(): Promise<void> {
    await this.#transport.close()
  }
}

export const resultOf = (payload: Uint8Array): CommandResult =>
  JSON.parse(Buffer.from(payload).toString()) as CommandResult
