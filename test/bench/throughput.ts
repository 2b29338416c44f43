import { randomUUID } from 'node:crypto'
import { roomKey, type ActorKey, type RoomId } from '../../protocol/ids.ts'
import { roomSpec } from '../support/specimens.ts'
import type { LoadLink } from './load-link.ts'
import { openLoop, type Stretch } from './open-loop.ts'

const by = { user_id: 'owner', privileges: [] }

/** A room on the node behind the link, with one seat. */
export interface SeatedRoom {
  readonly key: ActorKey
  readonly session: string
}

/** Makes rooms, a few at a time. */
export async function makeRooms(link: LoadLink, count: number): Promise<SeatedRoom[]> {
  const made: SeatedRoom[] = []
  const one = async () => {
    const key = roomKey(randomUUID() as RoomId)
    const session = randomUUID()
    const created = await link.ask(key, `make-${key}`, { type: 'create', by, spec: roomSpec() })
    if (created.status !== 'ok') throw new Error(`no room: ${JSON.stringify(created)}`)
    await link.ask(key, `make-${key}`, {
      ...{ type: 'join', by, user_id: 'owner', username: 'Owner', session_id: session, password_hash: null },
    })
    made.push({ key, session })
  }
  while (made.length < count) await Promise.all(Array.from({ length: Math.min(32, count - made.length) }, one))
  return made
}

/** What one command of a load is, as JSON. */
export type CommandOf = (room: SeatedRoom, index: number) => string

/** A flag set on and off, padded by its ids to some 200 bytes in the frame. */
export const flagSet: CommandOf = ({ session }, index) =>
  `{"type":"set_flags","user_id":"owner","session_id":"${session}","flags":{"hand_raised":${index % 2 === 0}}}`

/** A mute of an hour: journal, sanction, trail, audit and a row for the relay in one transaction. */
export const mute: CommandOf = (_, index) =>
  '{"type":"sanction","kind":"mute","by":{"user_id":"owner","privileges":[]},"duration_s":3600,' +
  `"target_user_id":"user-${index % 64}","reason":"bench"}`

/** A load of one kind of command on the node's rooms in turn. */
export class NodeLoad {
  readonly #link: LoadLink
  readonly #rooms: readonly SeatedRoom[]
  readonly #command: CommandOf
  refused = 0

  constructor(link: LoadLink, rooms: readonly SeatedRoom[], command: CommandOf) {
    this.#link = link
    this.#rooms = rooms
    this.#command = command
  }

  run(rate: number, seconds: number): Promise<Stretch> {
    return openLoop({
      ...{ rate, seconds, patienceMs: 5_000 },
      send: (index, answered) => {
        const room = this.#rooms[index % this.#rooms.length]!
        // Each room is told something else in each round.
        const command = this.#command(room, Math.floor(index / this.#rooms.length))
        this.#link.fire(room.key, 'bench', command, (payload) => {
          if (!isDone(payload)) this.refused += 1
          answered()
        })
      },
    })
  }
}

/** Results begin `{"status":"`, then `ok` or `accepted`, or something else. */
const isDone = (payload: Uint8Array): boolean => payload[11] === 0x6f || payload[11] === 0x61
