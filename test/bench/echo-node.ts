import { backgroundTimers, systemClock } from '../../bin/system-ports.ts'
import { protocolRange, TcpTransport, type LinkAuth } from '../../cluster/index.ts'
import { frameType } from '../../cluster/transport/port.ts'
import type { Incarnation, ProcessId } from '../../protocol/ids.ts'
import { silentLogger } from '../support/silent-logger.ts'

/** How a process that only answers was told to take links: one port for each way. Written to it as one message. */
export interface EchoOrder {
  readonly incarnation: Incarnation
  readonly ways: readonly LinkAuth[]
}

/** Its answers: where it listens, once; then its CPU time, s, each time it is asked. */
export type EchoWord = { readonly ports: readonly number[] } | { readonly cpuSeconds: number }

/** As long as the result of a command without a reply body. */
const answer = Buffer.from('{"status":"accepted","reply":{}}')

/* A process that answers every command frame with a small result, and does nothing else: the other end of a bench of links. */
process.on('message', (message: EchoOrder | 'cpu') => {
  if (message === 'cpu') {
    const { user, system } = process.cpuUsage()
    process.send?.({ cpuSeconds: (user + system) / 1e6 } satisfies EchoWord)
    return
  }
  void listen(message)
})

async function listen({ incarnation, ways }: EchoOrder): Promise<void> {
  const ports = await Promise.all(
    ways.map((auth) => {
      const self = { process: 'echo' as ProcessId, incarnation, role: 'node', protocol: protocolRange } as const
      const deps = { clock: systemClock, timers: backgroundTimers, logger: silentLogger }
      return new TcpTransport({ self, ...auth, ...deps }).listen('127.0.0.1', 0, (link) => {
        link.onFrame(({ type, correlation, key }) => {
          if (type !== frameType.command) return
          link.send({
            type: frameType.result,
            lane: 0,
            correlation,
            epoch: 1,
            seq: 1,
            deadlineMs: 0,
            key,
            payload: answer,
          })
        })
      })
    }),
  )
  process.send?.({ ports } satisfies EchoWord)
}
