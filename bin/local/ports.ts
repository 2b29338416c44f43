import { createServer } from 'node:net'
import { portOwner, type PortOwner } from './port-owner.ts'

/** A port that a process needs, and what for. */
export interface PortNeed {
  readonly port: number
  /** As in `gateway-1 (HTTP)`. */
  readonly wantedBy: string
}

const listens = (port: number, host: string): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    // An address family that the machine lacks is no owner.
    server.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code !== 'EADDRINUSE' && error.code !== 'EACCES'),
    )
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)))
  })

/** Whether nobody listens on the port, on loopback or on all addresses. */
export async function isFree(port: number): Promise<boolean> {
  for (const host of ['127.0.0.1', '0.0.0.0', '::']) if (!(await listens(port, host))) return false
  return true
}

const longestCommand = 100

/** One sentence on who has a port. */
export function takenSentence({ port, wantedBy }: PortNeed, owner: PortOwner | null): string {
  if (!owner) return `Port ${port}, which ${wantedBy} needs, is taken by a process that this user may not see.`
  const command = owner.command.length > longestCommand ? `${owner.command.slice(0, longestCommand)}…` : owner.command
  return `Port ${port}, which ${wantedBy} needs, is taken by \`${command}\` (pid ${owner.pid}).`
}

/** One sentence for each port that is taken; empty when all are free. */
export async function takenPorts(needs: readonly PortNeed[]): Promise<readonly string[]> {
  const sentences: string[] = []
  for (const need of needs) {
    if (!(await isFree(need.port))) sentences.push(takenSentence(need, await portOwner(need.port)))
  }
  return sentences
}

const freshPort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = address !== null && typeof address === 'object' ? address.port : 0
      server.close(() => resolve(port))
    })
  })

/** The preferred port when it is free, else one that is; null prefers none. */
export async function portNear(preferred: number | null): Promise<number> {
  return preferred !== null && (await isFree(preferred)) ? preferred : freshPort()
}
