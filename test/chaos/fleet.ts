import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { idOf, roomKey, type ActorKey, type RoomId } from '../../protocol/ids.ts'
import { Visitor } from '../support/page-client.ts'
import { waitUntil } from '../support/wait.ts'
import type { Grant, History, JournalRow, Listener, Write } from './ledger.ts'
import type { ChaosWorld } from './world.ts'

/** A room, who commands in it and who listens, each on a gateway of their own. */
interface Hall {
  readonly id: string
  readonly host: Visitor
  readonly guest: Visitor
}

/** Between two commands of one host, ms. */
const pauseMs = 15
/** So many stay muted: a room takes no more than some two thousand. */
const mutedMax = 200
/** A host that has no answer after so long counts as one that waits for ever, ms. */
const longestWaitMs = 60_000

/** Clients that command all the time, and the ledger of what they were told. */
export class Fleet {
  readonly #world: ChaosWorld
  readonly #halls: readonly Hall[]
  readonly #writes: Write[] = []
  #isOver = false
  #lanes: Promise<void>[] = []

  private constructor(world: ChaosWorld, halls: readonly Hall[]) {
    this.#world = world
    this.#halls = halls
  }

  static async board(world: ChaosWorld, rooms: number): Promise<Fleet> {
    const { cluster } = world
    const urls = cluster.gateways.map(({ ws }) => ws)
    const visitor = (user: string, first: number) => new Visitor(user, cluster.token(user), urls, first)
    const halls: Hall[] = []
    for (let index = 0; index < rooms; index += 1) {
      const id = await cluster.createRoom(`host-${index}`)
      const [host, guest] = [visitor(`host-${index}`, index), visitor(`guest-${index}`, index + 1)]
      for (const { client } of [host, guest]) {
        await client.connect()
        await client.join(id)
      }
      halls.push({ id, host, guest })
    }
    return new Fleet(world, halls)
  }

  get writes(): readonly Write[] {
    return this.#writes
  }

  begin(): void {
    this.#lanes = this.#halls.map((hall) => this.#command(hall))
  }

  /** No host has gone without an answer for longer than that since the moment, ms. */
  longestPauseMs(sinceMs: number, untilMs: number): number {
    const longest = this.#halls.map(({ id }) => {
      const acks = this.#writes
        .filter(({ room, outcome, answeredMs }) => room === id && outcome === 'acked' && answeredMs >= sinceMs)
        .map(({ answeredMs }) => answeredMs)
      const marks = [sinceMs, ...acks.filter((ms) => ms <= untilMs), untilMs]
      return Math.max(...marks.map((ms, index) => ms - (marks[index - 1] ?? ms)))
    })
    return Math.max(...longest)
  }

  /** Every host was answered behind that moment: whatever was broken is whole again. */
  async allAnswered(sinceMs: number): Promise<void> {
    const waiting = () =>
      this.#halls.filter(
        ({ id }) =>
          !this.#writes.some(({ room, outcome, sentMs }) => room === id && outcome === 'acked' && sentMs > sinceMs),
      )
    await waitUntil(
      'every room answers',
      () => waiting().length === 0,
      longestWaitMs,
      () =>
        `${waiting()
          .map(({ id }) => id)
          .join(', ')} do not`,
    )
  }

  /** Stops commanding, and waits until every listener has caught up. */
  async end(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#lanes)
    for (const { id, guest } of this.#halls) {
      const last = this.#writes.findLast(({ room, outcome }) => room === id && outcome === 'acked')
      if (!last) continue
      await waitUntil(`${guest.user} heard the last of ${id}`, () => guest.muted.includes(last.target), 15_000)
    }
  }

  close(): void {
    for (const { host, guest } of this.#halls) for (const { client } of [host, guest]) client.close()
  }

  async history(): Promise<History> {
    const people = this.#halls.flatMap(({ host, guest }) => [host, guest])
    const keys = this.#halls.map(({ id }) => roomKey(id as RoomId))
    return {
      writes: this.#writes,
      listeners: this.#halls.flatMap(({ id, host, guest }) => [host, guest].map((visitor) => listenerOf(visitor, id))),
      closes: people.flatMap(({ user, closes }) => closes.map(({ code }) => ({ user, code }))),
      journal: await journalOf(this.#world, keys),
      grants: grantsIn(this.#world, keys),
    }
  }

  async #command({ id, host }: Hall): Promise<void> {
    for (let count = 1; !this.#isOver; count += 1) {
      const target = `${host.user}.${count}`
      const sentMs = performance.now()
      const done = (outcome: Write['outcome'], at: Write['at']) =>
        this.#writes.push({ room: id, target, sentMs, outcome, answeredMs: performance.now(), at })
      try {
        const { epoch, seq } = await host.client.mute(id, target)
        done('acked', { epoch, seq })
      } catch (error) {
        const { code } = error as { code?: string }
        done(code !== undefined && refusals.has(code) ? 'refused' : 'unknown', null)
      }
      // What comes of it is in the journal with the rest; nobody is told of it here.
      if (count > mutedMax) await host.client.unmute(id, `${host.user}.${count - mutedMax}`).catch(() => undefined)
      await sleep(pauseMs)
    }
  }
}

/** Codes after which nothing was done, whatever happens later. */
const refusals = new Set(['FORBIDDEN', 'SESSION_NOT_FOUND', 'ROOM_CLOSED', 'VALIDATION_FAILED'])

const listenerOf = (visitor: Visitor, room: string): Listener => ({
  user: visitor.user,
  room,
  snapshots: visitor.of('snapshot').length,
  heard: visitor
    .of('events')
    .flatMap(({ epoch, seq, events }) =>
      events.flatMap((event) => (event.type === 'sanction.applied' ? [{ epoch, seq, target: event.user_id }] : [])),
    ),
})

async function journalOf({ postgres }: ChaosWorld, keys: readonly ActorKey[]): Promise<readonly JournalRow[]> {
  const client = new pg.Client({ connectionString: postgres.url })
  await client.connect()
  try {
    const { rows } = await client.query<{
      actor_key: ActorKey
      seq: string
      epoch: string
      command_id: string
      events: readonly { readonly type: string; readonly user_id?: string }[]
    }>(
      `select actor_key, seq, epoch, command_id, events
         from actor_journal
        where actor_key = any($1)
        order by actor_key, seq`,
      [keys],
    )
    return rows.map((row) => ({
      room: idOf(row.actor_key),
      seq: Number(row.seq),
      epoch: Number(row.epoch),
      commandId: row.command_id,
      targets: row.events.flatMap(({ type, user_id: user }) => (type === 'sanction.applied' && user ? [user] : [])),
    }))
  } finally {
    await client.end()
  }
}

/** Every activation that a process told of, of the lives whose log is still at hand. */
const grantsIn = ({ cluster }: ChaosWorld, keys: readonly ActorKey[]): readonly Grant[] =>
  cluster.nodes().flatMap((node) =>
    node
      .ownershipChanges('activated')
      .filter(({ key }) => keys.includes(key as ActorKey))
      .map(({ key, epoch, pid }) => ({
        room: idOf(key as ActorKey),
        epoch: Number(epoch),
        owner: `${node.name}, process ${Number(pid)}`,
      })),
  )
