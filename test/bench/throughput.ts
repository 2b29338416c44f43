import { randomUUID } from 'node:crypto'
import { roomKey, type ActorKey, type RoomId } from '../../protocol/ids.ts'
import type { TestProcess } from '../support/process.ts'
import { roomSpec } from '../support/specimens.ts'
import { p50p99, perSecond, type Figure } from './figures.ts'
import type { LoadLink } from './load-link.ts'

const by = { user_id: 'owner', privileges: [] }

/** Rooms on the node behind the link, each with one seat. */
export async function makeRooms(link: LoadLink, count: number): Promise<{ key: ActorKey; session: string }[]> {
  const made: { key: ActorKey; session: string }[] = []
  for (let index = 0; index < count; index += 1) {
    const key = roomKey(randomUUID() as RoomId)
    const session = randomUUID()
    const created = await link.ask(key, `make-${key}`, { type: 'create', by, spec: roomSpec() })
    if (created.status !== 'ok') throw new Error(`no room: ${JSON.stringify(created)}`)
    await link.ask(key, `make-${key}`, {
      ...{ type: 'join', by, user_id: 'owner', username: 'Owner', session_id: session, password_hash: null },
    })
    made.push({ key, session })
  }
  return made
}

/** CPU seconds the process has used. */
const cpuOf = (process: TestProcess) => process.metric('process_cpu_seconds_total')

/**
 * Closed loop: `inFlight` commands are always under way, each the next when one is answered. Reports the rate, the rate per
 * CPU second of the node, and the latency from send to answer.
 */
export async function throughput(
  what: string,
  goal: string,
  parts: {
    readonly node: TestProcess
    readonly link: LoadLink
    readonly inFlight: number
    readonly seconds: number
    readonly next: (turn: number) => { readonly key: ActorKey; readonly command: unknown }
  },
): Promise<Figure> {
  const { node, link, inFlight, seconds, next } = parts
  const latencies: number[] = []
  let turn = 0
  let refused = 0
  const untilMs = performance.now() + seconds * 1_000
  const cpuBefore = await cpuOf(node)
  const beganMs = performance.now()
  const lane = async (number: number) => {
    while (performance.now() < untilMs) {
      const { key, command } = next((turn += 1))
      const sentMs = performance.now()
      const { status } = await link.ask(key, `lane-${number}`, command)
      latencies.push(performance.now() - sentMs)
      if (status !== 'ok' && status !== 'accepted') refused += 1
    }
  }
  await Promise.all(Array.from({ length: inFlight }, (_, number) => lane(number)))
  const tookS = (performance.now() - beganMs) / 1_000
  const cpuS = (await cpuOf(node)) - cpuBefore
  const rate = latencies.length / tookS
  const failures = refused === 0 ? '' : `, ${refused} refused`
  const perCpu = `${perSecond(latencies.length / cpuS)} and CPU second of the node`
  return { what, goal, value: `${perSecond(rate)} (${perCpu}), ${p50p99(latencies)}${failures}` }
}
