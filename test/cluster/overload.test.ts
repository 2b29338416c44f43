import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { WebSocket } from 'ws'
import { startCluster, type TestCluster } from '../support/cluster.ts'
import type { CommandResult, Position } from '../../protocol/cluster/results.ts'
import { resultOf } from '../bench/load-link.ts'
import { linkTo } from '../bench/node.ts'
import { makeRooms, mute } from '../bench/throughput.ts'
import type { TestProcess } from '../support/process.ts'
import { waitUntil } from '../support/wait.ts'

interface Acknowledged {
  readonly id: number
  readonly epoch: number
  readonly seq: number
}

/** A moderator who mutes somebody again and again, and waits for nothing. */
class Moderator {
  readonly acknowledged: Acknowledged[] = []
  /** Codes of refusals, and how long each took, ms. */
  readonly refusals: { readonly code: string; readonly retry: boolean; readonly tookMs: number }[] = []
  readonly sentAtMs = new Map<number, number>()
  readonly #socket: WebSocket
  #whenAnswered: () => void = () => undefined
  #count = 0
  isOpen = true

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (data: Buffer) => this.#hear(JSON.parse(data.toString()) as Record<string, any>))
    socket.on('close', () => (this.isOpen = false))
    socket.on('error', () => undefined)
  }

  static async connect(url: string, token: string): Promise<Moderator> {
    const socket = new WebSocket(url)
    await new Promise<void>((resolve, reject) => {
      socket.once('open', () => resolve())
      socket.once('error', reject)
    })
    const welcomed = new Promise<void>((resolve) => socket.once('message', () => resolve()))
    socket.send(JSON.stringify({ type: 'hello', token }))
    await welcomed
    return new Moderator(socket)
  }

  get waiting(): number {
    return this.sentAtMs.size
  }

  mute(room: string): void {
    this.#count += 1
    this.sentAtMs.set(this.#count, performance.now())
    const target = `user-${this.#count % 50}`
    this.#socket.send(JSON.stringify({ type: 'mute', id: this.#count, room_id: room, target_user_id: target }))
  }

  /** Keeps so many under way for so long. */
  async keepBusy(room: string, inFlight: number, forMs: number): Promise<void> {
    const untilMs = performance.now() + forMs
    this.#whenAnswered = () => performance.now() < untilMs && this.mute(room)
    for (let count = 0; count < inFlight; count += 1) this.mute(room)
    await waitUntil(
      'the last one is answered',
      () => performance.now() >= untilMs && this.waiting === 0,
      forMs + 10_000,
    )
    this.#whenAnswered = () => undefined
  }

  close(): void {
    this.#socket.close()
  }

  #hear(frame: Record<string, any>): void {
    const sentMs = this.sentAtMs.get(frame['id'] as number)
    if (sentMs === undefined || (frame['type'] !== 'reply' && frame['type'] !== 'error')) return
    this.sentAtMs.delete(frame['id'] as number)
    const tookMs = performance.now() - sentMs
    if (frame['type'] === 'reply') this.acknowledged.push(frame as unknown as Acknowledged)
    else this.refusals.push({ code: String(frame['error'].code), retry: frame['retry'] === true, tookMs })
    this.#whenAnswered()
  }
}

const mebibyte = 1024 * 1024
const median = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

/** Resident memory, MiB, every half second until told to stop. */
function watchMemory(process: TestProcess) {
  const samples: number[] = []
  const stopped = new AbortController()
  const done = (async () => {
    while (!stopped.signal.aborted) {
      const bytes = await process.metric('process_resident_memory_bytes')
      if (bytes > 0) samples.push(bytes / mebibyte)
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
  })()
  return {
    async stop(): Promise<number[]> {
      stopped.abort()
      await done
      return samples
    },
  }
}

describe('a gateway and a node that are asked three times what they can do', () => {
  let cluster: TestCluster
  let failed = true

  before(async () => {
    // A heap that does not hold what is refused: whoever kept it would end here.
    const env = { LOG_LEVEL: 'warn', NODE_OPTIONS: '--max-old-space-size=160' }
    cluster = await startCluster({ gateways: 1, nodes: 1, env })
  })
  after(() => cluster.stop(failed))

  test('refuse what is too much at once, lose nothing they acknowledged, need no more memory, and are back at once', async (t) => {
    const room = await cluster.createRoom('host')
    const token = cluster.token('moderator', ['admin'])
    const moderators = await Promise.all(
      Array.from({ length: 100 }, () => Moderator.connect(cluster.gateway(0).ws, token)),
    )
    const measuredMs = 2_500
    await Promise.all(moderators.map((each) => each.keepBusy(room, 4, measuredMs)))
    const capacity = (sum(moderators, (each) => each.acknowledged.length) / measuredMs) * 1_000
    assert.ok(capacity > 0)
    for (const each of moderators) each.refusals.length = 0

    const offeredMs = 10_000
    const memory = { gateway: watchMemory(cluster.process('gateway-1')), node: watchMemory(cluster.process('node-1')) }
    const utilisation: number[] = []
    const looking = setInterval(() => {
      void cluster
        .process('node-1')
        .metric('voice_node_loop_utilisation')
        .then((share) => utilisation.push(share))
    }, 1_000)
    const offered = await offer(moderators, room, capacity * 3, offeredMs)
    clearInterval(looking)
    const stoppedMs = performance.now()
    const mib = { gateway: await memory.gateway.stop(), node: await memory.node.stop() }

    await waitUntil('every command is answered', () => moderators.every(({ waiting }) => waiting === 0), 5_000)
    const acknowledgedBefore = moderators.map((each) => each.acknowledged.length)
    for (const each of moderators) each.mute(room)
    await waitUntil(
      'every moderator is served again',
      () => moderators.every((each, index) => each.acknowledged.length > (acknowledgedBefore[index] ?? 0)),
      Math.max(1, 5_000 - (performance.now() - stoppedMs)),
      () => JSON.stringify(moderators.flatMap(({ refusals }) => refusals.slice(-1)).slice(0, 3)),
    )

    const refusals = moderators.flatMap((each) => each.refusals)
    const codes: Record<string, number> = {}
    for (const { code } of refusals) codes[code] = (codes[code] ?? 0) + 1
    const growth = (samples: number[]) => Math.max(...samples.slice(-6)) - Math.max(...samples.slice(0, 8))
    t.diagnostic(
      JSON.stringify({
        ...{ capacity: Math.round(capacity), offered },
        refused: codes,
        refusalP50Ms: Math.round(median(refusals.map(({ tookMs }) => tookMs))),
        utilisation,
        gatewayMib: mib.gateway.map(Math.round),
        nodeMib: mib.node.map(Math.round),
      }),
    )
    assert.ok(refusals.length > offered * 0.2, `${refusals.length} of ${offered} were refused`)
    assert.deepEqual(
      refusals.filter(({ retry }) => !retry),
      [],
    )
    assert.ok(median(refusals.map(({ tookMs }) => tookMs)) < 500, 'a refusal is there at once')
    assert.ok(Math.max(...utilisation) > 0.1, 'the node sees how busy it is')
    assert.ok(growth(mib.node) < 40, `the node grew: ${mib.node.join(' ')}`)
    assert.ok(growth(mib.gateway) < 40, `the gateway grew: ${mib.gateway.join(' ')}`)
    assert.deepEqual([moderators.every(({ isOpen }) => isOpen), cluster.process('node-1').running], [true, true])

    const rows = await cluster.database.query(
      `select seq::int, epoch::int, command_id from actor_journal where actor_key = $1`,
      [`room:${room}`],
    )
    const written = new Map(rows.map((row) => [row['seq'], row]))
    const acknowledged = moderators.flatMap((each) => each.acknowledged)
    const missing = acknowledged.filter(({ id, epoch, seq }) => {
      const row = written.get(seq)
      return row?.['epoch'] !== epoch || !String(row['command_id']).endsWith(`/${id}`)
    })
    assert.deepEqual(missing, [])
    assert.equal(new Set(acknowledged.map(({ seq }) => seq)).size, acknowledged.length)
    for (const each of moderators) each.close()
    failed = false
  })

  test('a room that far too many commands come for refuses at once what it cannot hold, and its neighbour goes on', async (t) => {
    failed = true
    const link = await linkTo(cluster, 'node-1')
    const [hot, calm] = await makeRooms(link, 2)
    assert.ok(hot && calm)
    const acknowledged: { readonly id: string; readonly at: Position }[] = []
    const refusedMs: number[] = []
    const others: CommandResult[] = []
    let waiting = 0
    const fire = (index: number) => {
      const sentMs = performance.now()
      const source = `hot-${index % 900}`
      waiting += 1
      link.fire(hot.key, source, mute(hot, index), (payload) => {
        waiting -= 1
        const result = resultOf(payload)
        if (result.status === 'ok') acknowledged.push({ id: source, at: result.at })
        else if (result.status === 'retry_after') refusedMs.push(performance.now() - sentMs)
        else others.push(result)
      })
    }
    const calmMs: number[] = []
    const burst = 6_000
    let sent = 0
    for (let turn = 0; turn < 8; turn += 1) {
      for (const until = sent + burst; sent < until; sent += 1) fire(sent)
      const askedMs = performance.now()
      const answer = await link.ask(calm.key, `calm-${turn}`, JSON.parse(mute(calm, turn)))
      calmMs.push(performance.now() - askedMs)
      assert.equal(answer.status, 'ok')
    }
    await waitUntil('every command is answered', () => waiting === 0, 5_000)
    const shed = await cluster.process('node-1').metric('voice_cluster_shed_total')
    const figures = { sent, acknowledged: acknowledged.length, refused: refusedMs.length }
    t.diagnostic(JSON.stringify({ ...figures, refusalP50Ms: median(refusedMs), neighbourMs: calmMs.map(Math.round) }))
    assert.deepEqual(others, [])
    assert.equal(figures.acknowledged + figures.refused, sent)
    assert.ok(figures.refused > 0 && shed === figures.refused, `${shed} shed, ${figures.refused} refused`)
    assert.ok(median(calmMs) < 1_500, 'the neighbour is served')

    const rows = await cluster.database.query(`select seq::int, command_id from actor_journal where actor_key = $1`, [
      hot.key,
    ])
    const written = new Map(rows.map((row) => [row['seq'], String(row['command_id'])]))
    assert.deepEqual(
      acknowledged.filter(({ id, at }) => written.get(at.seq)?.startsWith(`${id}/`) !== true),
      [],
    )
    await link.close()
    failed = false
  })
})

const sum = <Item>(items: readonly Item[], of: (item: Item) => number): number =>
  items.reduce((total, item) => total + of(item), 0)

/** Sends so many commands a second, whatever is answered; gives how many were sent. */
async function offer(
  moderators: readonly Moderator[],
  room: string,
  perSecond: number,
  forMs: number,
): Promise<number> {
  const beganMs = performance.now()
  let sent = 0
  while (performance.now() < beganMs + forMs) {
    const due = Math.floor(((performance.now() - beganMs) / 1_000) * perSecond)
    for (; sent < due; sent += 1) moderators[sent % moderators.length]?.mute(room)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return sent
}
