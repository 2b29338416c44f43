import { pause } from '../../../bin/local/pause.ts'
import { encodeFrame } from '../../../protocol/zone/codec.ts'
import { Changes, Position, recordBytes, Resync } from '../../../protocol/zone/frames.ts'
import { commandId } from '../../../protocol/ids.ts'
import { zoneKey, type ZoneId } from '../../../protocol/zone/plan.ts'
import { startCluster, type TestCluster } from '../../support/cluster.ts'
import { openToolRouter } from '../../support/tool-router.ts'
import { ms, p50p99, type Figure } from '../figures.ts'
import { LeanSocket } from '../lean-socket.ts'
import { metered } from '../node.ts'
import { sideFor, World } from './world.ts'
import { clamp } from './batch.ts'

const seconds = 20
const gateways = 2
/** Positions of which it is taken how long the change took: as many as make one in a hundred more than the worst. */
const samples = 200
/** The crowd walks so long beside them, s. */
const samplesTakeS = 48
/** So many enter at a time. */
const atOnce = 50

/** People of one zone with a socket each, by two gateways. */
class Crowd {
  readonly sockets: LeanSocket[] = []
  frames = 0
  bytes = 0
  readonly #world: World
  readonly #seq: Uint16Array

  constructor(world: World) {
    this.#world = world
    this.#seq = new Uint16Array(world.n)
  }

  async enter(cluster: TestCluster, zoneId: string): Promise<void> {
    const enterOne = async (n: number) => {
      const socket = await LeanSocket.open(cluster.gateway(n % gateways).ws)
      socket.send(JSON.stringify({ type: 'hello', token: cluster.token(`user-${n}`) }))
      await socket.next(({ type }) => type === 'welcome')
      const [x, y] = [this.#world.x[n]! / 16, this.#world.y[n]! / 16]
      socket.send(JSON.stringify({ type: 'zone_enter', id: 1, zone_id: zoneId, x, y, z: 0 }))
      const answer = await socket.next(({ type }) => type === 'reply' || type === 'error')
      if (answer.type === 'error') throw new Error(JSON.stringify(answer))
      socket.onBinary = (bytes) => {
        this.bytes += bytes.length
        if (bytes[0] === Changes.code || bytes[0] === Resync.code) this.frames += 1
      }
      this.sockets[n] = socket
    }
    for (let n = 0; n < this.#world.n; n += atOnce) {
      const some = Array.from({ length: Math.min(atOnce, this.#world.n - n) }, (_, at) => n + at)
      await Promise.all(some.map(enterOne))
    }
  }

  /** As `ZoneLoad.walk`. */
  async walk(forS: number): Promise<number> {
    let nextMs = performance.now()
    let lateMs = 0
    for (let tick = 0; tick < forS * 10; tick++) {
      this.#world.step()
      for (let slice = 0; slice < 5; slice++) {
        for (let n = slice; n < this.#world.n; n += 5) this.#say(n)
        nextMs += 20
        lateMs = Math.max(lateMs, performance.now() - nextMs)
        await pause(Math.max(0, nextMs - performance.now()))
      }
    }
    return lateMs
  }

  #say(n: number): void {
    const world = this.#world
    const seq = (this.#seq[n] = (this.#seq[n]! + 1) & 0xffff)
    const [x, y] = [clamp(world.x[n]!), clamp(world.y[n]!)]
    const [vx, vy] = [world.eighthsX[n]!, world.eighthsY[n]!]
    // By hand: twenty thousand a second share the machine with what is measured.
    const frame = Buffer.alloc(recordBytes.position)
    frame[0] = Position.code
    frame[1] = 0b10 | (world.speaks(n) ? 1 : 0)
    frame.writeUInt16LE(seq, 2)
    frame.writeUInt16LE(x, 4)
    frame.writeUInt16LE(y, 6)
    frame.writeInt8(vx, 11)
    frame.writeInt8(vy, 12)
    this.sockets[n]!.show(frame)
  }
}

/** Where the region of a zone is cut that has a border, m. */
const borderM = 256

/**
 * From a position's leaving one socket to the change that another, beside it, is told: two people of a zone of their own, each with a socket at another gateway,
 * of whom one stands, and the other goes to and fro by 1.5 m, 3 m from them, beside the crowd and its load.
 */
async function latencies(cluster: TestCluster, zoneId: string, standsM: number): Promise<readonly number[]> {
  const enter = async (name: string, gateway: number, x: number) => {
    const socket = await LeanSocket.open(cluster.gateway(gateway).ws)
    socket.send(JSON.stringify({ type: 'hello', token: cluster.token(name) }))
    await socket.next(({ type }) => type === 'welcome')
    socket.send(JSON.stringify({ type: 'zone_enter', id: 1, zone_id: zoneId, x, y: 200, z: 0 }))
    await socket.next(({ type }) => type === 'reply')
    return socket
  }
  const [ann, bob] = [await enter('ann', 0, standsM), await enter('bob', 1, standsM + 3)]
  const took: number[] = []
  let heard: () => void = () => undefined
  ann.onBinary = (bytes) => {
    // Only that Bob is elsewhere can be new: nobody else is near.
    if (bytes[0] === Changes.code && bytes[4]! > 0) heard()
  }
  await pause(500)
  for (let n = 0; n < samples; n++) {
    const x = (standsM + 3 + ((n + 1) % 2) * 1.5) * 16
    const isHeard = new Promise<void>((resolve) => (heard = resolve))
    const saidAtMs = performance.now()
    bob.show(encodeFrame({ type: 'position', flags: 2, seq: n + 1, x, y: 3_200, z: 0, yaw: 0, vx: 0, vy: 0 }))
    await Promise.race([isHeard, pause(2_000)])
    took.push(performance.now() - saidAtMs)
    // At another moment between two ticks each time.
    await pause(130 + (n % 10) * 7)
  }
  ann.close()
  bob.close()
  return took
}

/** The zone is two regions from here on, with a border from south to north. */
async function cutAtBorder(cluster: TestCluster, zoneId: ZoneId): Promise<void> {
  const tool = await openToolRouter(cluster, { onPush: () => undefined, onDatagram: () => undefined })
  const cut = { type: 'cut', version: 1, region: 1, axis: 'x', at: borderM }
  const options = { commandId: commandId('bench', 1), deadlineMs: 10_000 }
  const result = await tool.router.ask(zoneKey(zoneId), cut, options)
  await tool.close()
  if (result.status !== 'ok' && result.status !== 'accepted') throw new Error(JSON.stringify(result))
}

/** One zone, everybody with a socket of their own. */
export async function zoneOverSockets(n: number): Promise<readonly Figure[]> {
  const cluster = await startCluster({ gateways, nodes: 4 })
  try {
    const token = cluster.token('operator', ['admin'])
    const side = Math.ceil(sideFor(n, 20) / 32) * 32
    const zone = async (name: string, rules = {}) => {
      const body = { name, bounds: { width_m: side, height_m: side }, rules }
      return String((await cluster.call('POST', '/api/v1/zones', { token, body })).body.zone_id)
    }
    const crowd = new Crowd(new World(n, sideFor(n, 20), 20_261_126))
    await crowd.enter(cluster, await zone('crowd'))
    await crowd.walk(5)
    const pairs = [
      { what: '10 Hz', goal: 'p99 120 ms', zoneId: await zone('pair'), standsM: 200 },
      { what: '20 Hz', goal: 'p50 30 ms, p99 65 ms', zoneId: await zone('quick', { tick_hz: 20 }), standsM: 200 },
      {
        what: '20 Hz, across a border',
        goal: 'p99 120 ms',
        zoneId: await zone('cut', { tick_hz: 20 }),
        standsM: borderM - 1,
      },
    ]
    await cutAtBorder(cluster, pairs[2]!.zoneId as ZoneId)
    const names = [...cluster.processes.keys()]
    const cpuOf = async (role: string) => {
      const of = names.filter((name) => name.startsWith(role)).map((name) => metered(cluster, name).cpuSeconds())
      return (await Promise.all(of)).reduce((sum, one) => sum + one, 0)
    }
    crowd.frames = crowd.bytes = 0
    const before = [await cpuOf('node'), await cpuOf('gateway')]
    const lateMs = await crowd.walk(seconds)
    const cores = [(await cpuOf('node')) - before[0]!, (await cpuOf('gateway')) - before[1]!].map(
      (cpu) => cpu / seconds,
    )
    const [sent, told] = [crowd.bytes, crowd.frames]
    const figures: Figure[] = []
    for (const { what, goal, zoneId, standsM } of pairs) {
      const walking = crowd.walk(samplesTakeS)
      const took = await latencies(cluster, zoneId, standsM)
      await walking
      const value = p50p99(took)
      figures.push({
        what: `beside it: from a position on one socket to the change on another at another gateway, ${what}`,
        value,
        goal,
      })
    }
    const open = crowd.sockets.filter(({ isClosed }) => !isClosed).length
    for (const socket of crowd.sockets) socket.close()
    const what = `${n.toLocaleString('en')} players with a socket each, 2 gateways, 4 nodes`
    return [
      {
        what: `${what}: sockets open after ${seconds} s of walking`,
        value: `${open.toLocaleString('en')}; ${cores[0]!.toFixed(2)} cores in the nodes, ${cores[1]!.toFixed(2)} in the gateways`,
        goal: n.toLocaleString('en'),
      },
      {
        what: `${what}: down to each client`,
        value: `${(sent / seconds / n).toFixed(0)} B/s in ${(told / seconds / n).toFixed(1)} frames/s; positions up to ${ms(lateMs)} late at the generator`,
        goal: '250 B/s, 6 frames/s',
      },
      ...figures,
    ]
  } finally {
    await cluster.stop()
  }
}
