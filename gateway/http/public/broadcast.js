// @ts-check
import { Mesh } from './mesh.js'
import { emptyRoster } from './roster.js'
import { isMeant } from './target.js'

/** @typedef {import('./voice-client.js').VoiceClient} VoiceClient */

/**
 * Speaking from the room one is in into those that are linked to it: a seat and links in each, one way, and one key for all of them. The
 * links stand from the first time on, so that the key takes effect at once.
 */
export class Broadcast {
  /** It is on: the linked rooms hear one's microphone. */
  isOn = false
  /** By room. @type {Map<string, Mesh>} */
  #rooms = new Map()
  /** @type {MediaStream | null} */
  #microphone = null
  /** What was said last. @type {import('./voice-client.js').Flags} */
  #flags = {}
  #client
  #from
  #onChange

  /**
   * @param {{ client: VoiceClient, roomId: string, onChange: () => void }} options
   */
  constructor({ client, roomId, onChange }) {
    this.#client = client
    this.#from = roomId
    this.#onChange = onChange
  }

  /** Rooms into which one speaks, or may at once. */
  get count() {
    return this.#rooms.size
  }

  /**
   * Comes into those of the rooms in which one is not yet. Fails with what the first of them said that refused.
   * @param {readonly { room_id: string }[]} rooms
   */
  async enter(rooms) {
    const fresh = rooms.filter(({ room_id: id }) => !this.#rooms.has(id))
    const entered = await Promise.allSettled(fresh.map(({ room_id: id }) => this.#enter(id)))
    const refused = entered.find(({ status }) => status === 'rejected')
    if (refused?.status === 'rejected') throw refused.reason
  }

  /** @param {boolean} isOn */
  async turn(isOn) {
    await this.#client.transmit(this.#from, isOn ? 'linked' : 'room')
    this.isOn = isOn
    this.#onChange()
  }

  /** @param {MediaStream | null} microphone */
  use(microphone) {
    this.#microphone = microphone
    for (const mesh of this.#rooms.values()) mesh.use(microphone)
  }

  /**
   * What the linked rooms are to know too.
   * @param {import('./voice-client.js').Flags} flags
   */
  say(flags) {
    this.#flags = { ...this.#flags, ...flags }
    for (const room of this.#rooms.keys()) this.#client.setFlags(room, flags)
  }

  /** Ends the links. Seats end with the connection, or with the seat in the room one speaks from. */
  end() {
    for (const room of [...this.#rooms.keys()]) this.#drop(room)
  }

  /** @param {string} roomId */
  async #enter(roomId) {
    const client = this.#client
    const mesh = new Mesh({
      signal: (toUser, message) => void client.signal(roomId, toUser, message).catch(() => undefined),
      tellLink: (peer, state) => client.tell({ type: 'link', room_id: roomId, peer_session_id: peer, state }),
      iceServers: () => /** @type {RTCIceServer[]} */ (client.iceServers),
      isMeant: (userId) => isMeant(client.target, roomId, userId, this.#from),
      onChange: () => undefined,
      // One plays nobody there.
      onSilenced: () => undefined,
    })
    this.#rooms.set(roomId, mesh)
    const follow = () => {
      const seat = client.seat(roomId)
      if (seat?.sessionId) mesh.follow(seat.roster ?? emptyRoster, seat.sessionId)
    }
    client.follow(roomId, {
      onTarget: () => mesh.retarget(),
      onRoster: follow,
      onSignal: (frame) => mesh.receive(frame.from_session, frame),
      onEnded: () => this.#drop(roomId),
    })
    mesh.use(this.#microphone)
    try {
      await client.join(roomId, { speaks_from: this.#from })
    } catch (error) {
      this.#drop(roomId)
      throw error
    }
    client.setFlags(roomId, this.#flags)
    this.#onChange()
  }

  /** @param {string} roomId */
  #drop(roomId) {
    this.#client.unfollow(roomId)
    this.#rooms.get(roomId)?.close()
    this.#rooms.delete(roomId)
    if (this.#rooms.size === 0) this.isOn = false
    this.#onChange()
  }
}
