import { createServer } from 'node:net'

/**
 * Below the range from which systems take ports for outgoing connections (32768 and up on Linux, 49152 elsewhere): one from there may
 * be taken by any connection between this look and its use.
 */
const range = { first: 18_000, count: 14_000 } as const
const maxTries = 200

/** Ports on loopback that nobody holds at this moment, each another one. */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>()
  for (let tries = 0; found.size < count; tries += 1) {
    if (tries > maxTries + count) throw new Error('no free ports on loopback')
    const port = range.first + Math.floor(Math.random() * range.count)
    if (await isFree(port)) found.add(port)
  }
  return [...found]
}

function isFree(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })
}
