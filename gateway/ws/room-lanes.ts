import type { RoomId } from '../../protocol/ids.ts'

/**
 * Keeps one connection's commands to one room in order: each begins when the one before it is answered, so that a client
 * may send `join` and `set_flags` in one breath. Rooms do not wait for each other. Bounded by the connection's commands in
 * flight.
 */
export class RoomLanes {
  readonly #tails = new Map<RoomId, Promise<void>>()

  /** `work` must not reject. */
  run(room: RoomId, work: () => Promise<void>): Promise<void> {
    const before = this.#tails.get(room)
    const turn = before ? before.then(work) : work()
    this.#tails.set(room, turn)
    void turn.then(() => {
      if (this.#tails.get(room) === turn) this.#tails.delete(room)
    })
    return turn
  }
}
