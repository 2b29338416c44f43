import { fork, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { backgroundTimers, systemClock } from '../../bin/system-ports.ts'
import { certificateName, protocolRange, TcpTransport, type LinkAuth } from '../../cluster/index.ts'
import { frameType, type PeerLink } from '../../cluster/transport/port.ts'
import { roomKey, type Incarnation, type ProcessId, type RoomId } from '../../protocol/ids.ts'
import { CertificateAuthority } from '../support/certificates.ts'
import { silentLogger } from '../support/silent-logger.ts'
import { upMember } from '../support/specimens.ts'
import type { EchoOrder, EchoWord } from './echo-node.ts'
import { perSecond, quantile, type Figure } from './figures.ts'

const inFlight = 256
const stretchMs = 2_000
/** Each way gets so many stretches, in turns, so that what else the machine does hits both. */
const rounds = 7
const payload = Buffer.alloc(140, '{"id":"bench/1","command":{"type":"set_flags"},"activate":true}')
const key = roomKey(randomUUID() as RoomId)

/** What one way does in a stretch. */
interface Pace {
  readonly perSecond: number
  /** CPU of both ends, us a round trip. */
  readonly cpuUs: number
}

/** Links under TLS against plain ones: round trips of 200 B there and 80 B back between two processes, with the same number under way. */
export async function linksUnderTls(): Promise<Figure> {
  const authority = new CertificateAuthority()
  const child = fork(fileURLToPath(new URL('echo-node.ts', import.meta.url)))
  try {
    const tls = authority.issue([certificateName])
    const ways: readonly LinkAuth[] = [{ secret: 'the secret of the bench' }, { secret: null, tls }]
    const incarnation = randomUUID() as Incarnation
    const told = once(child, 'message')
    child.send({ incarnation, ways } satisfies EchoOrder)
    const [word] = (await told) as [EchoWord]
    if (!('ports' in word)) throw new Error('the other end did not say where it listens')
    const links = await Promise.all(
      ways.map((auth, index) =>
        new TcpTransport({
          self: {
            ...{ process: 'bench' as ProcessId, incarnation: randomUUID() as Incarnation, role: 'gateway' },
            protocol: protocolRange,
          },
          ...{ ...auth, clock: systemClock, timers: backgroundTimers, logger: silentLogger },
        }).dial(upMember('echo', { incarnation, address: { host: '127.0.0.1', port: word.ports[index] ?? 0 } }), 2_000),
      ),
    )
    const [plain = [], secured = []] = await inTurns(child, links)
    for (const link of links) link.close('done')
    return figureOf(plain, secured)
  } finally {
    child.kill()
    authority.remove()
  }
}

/** The paces of each link, by its place. */
async function inTurns(child: ChildProcess, links: readonly PeerLink[]): Promise<Pace[][]> {
  const paces: Pace[][] = links.map(() => [])
  for (const link of links) await pace(child, link)
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, link] of links.entries()) paces[index]?.push(await pace(child, link))
  }
  return paces
}

async function pace(child: ChildProcess, link: PeerLink): Promise<Pace> {
  const cpuBefore = await cpuSeconds(child)
  const beganMs = performance.now()
  const trips = await roundTrips(link, beganMs + stretchMs)
  const tookS = (performance.now() - beganMs) / 1_000
  return { perSecond: trips / tookS, cpuUs: (((await cpuSeconds(child)) - cpuBefore) / trips) * 1e6 }
}

/** Closed loop, since what is asked is how much a link carries: the next frame leaves when an answer came. */
function roundTrips(link: PeerLink, untilMs: number): Promise<number> {
  const send = (correlation: number) =>
    link.send({ type: frameType.command, lane: 0, correlation, epoch: 0, seq: 0, deadlineMs: 60_000, key, payload })
  return new Promise((resolve) => {
    let done = 0
    let underWay = inFlight
    link.onFrame(({ correlation }) => {
      done += 1
      if (performance.now() < untilMs) send(correlation)
      else if ((underWay -= 1) === 0) resolve(done)
    })
    for (let index = 1; index <= inFlight; index += 1) send(index)
  })
}

/** Of both ends together. */
async function cpuSeconds(child: ChildProcess): Promise<number> {
  const told = once(child, 'message')
  child.send('cpu')
  const [word] = (await told) as [EchoWord]
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6 + ('cpuSeconds' in word ? word.cpuSeconds : Number.NaN)
}

function figureOf(plain: readonly Pace[], secured: readonly Pace[]): Figure {
  const middle = (paces: readonly Pace[], of: (pace: Pace) => number) => quantile(paces.map(of), 0.5)
  const rates = [secured, plain].map((paces) => middle(paces, ({ perSecond: rate }) => rate))
  const costs = [secured, plain].map((paces) => middle(paces, ({ cpuUs }) => cpuUs))
  const [tlsRate = 0, plainRate = 0] = rates
  const [tlsCost = 0, plainCost = 0] = costs
  const told = (paces: readonly Pace[]) =>
    paces.map(({ perSecond: rate, cpuUs }) => `${perSecond(rate)} at ${cpuUs.toFixed(1)} us`).join(', ')
  return {
    what: `a link under TLS against a plain one, round trips with ${inFlight} in flight`,
    value:
      `${(tlsRate / plainRate).toFixed(2)} (${perSecond(tlsRate)} against ${perSecond(plainRate)}); CPU of both ends ` +
      `${(tlsCost / plainCost).toFixed(2)} (${tlsCost.toFixed(1)} us against ${plainCost.toFixed(1)} us)`,
    goal: 'none set',
    steps: [`plain: ${told(plain)}`, `TLS: ${told(secured)}`],
  }
}
