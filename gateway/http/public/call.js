// @ts-check
import { Broadcast } from './broadcast.js'
import { Mesh } from './mesh.js'
import { Meter } from './meter.js'
import { Microphone } from './microphone.js'
import { watchQuality } from './quality.js'
import { emptyRoster, hasTheWord } from './roster.js'
import { isMeant } from './target.js'

/** @typedef {import('./voice-client.js').VoiceClient} VoiceClient */
/** @typedef {import('./roster.js').Roster} Roster */

/**
 * @typedef {object} CallListener
 * @property {() => void} onChange Anything that is shown changed.
 * @property {(event: import('./roster.js').RoomEvent, before: Roster, after: Roster) => void} onEvent
 * @property {(epoch: number, before: number) => void} onEpoch
 * @property {(reason: string) => void} onEnded
 * @property {(hint: { hint: string, reason: string }) => void} onHint
 * @property {(endsAt: string) => void} onRoomEnding
 * @property {() => void} onSilenced
 */

/**
 * One stay in one room: its seat, its links, and one's own microphone, which is asked for once the room lets one be heard and given
 * back when it does not any more: who only listens is never asked.
 */
export class Call {
  selfMuted = false
  handRaised = false
  /** The key to talk is held; counts in rooms that ask for one. */
  keyHeld = false
  #microphone = new Microphone()
  /** @type {Meter | null} */
  #meter = null
  #stopQuality
  #listener

  /**
   * @param {{ client: VoiceClient, roomId: string, listener: CallListener }} options
   */
  constructor({ client, roomId, listener }) {
    this.client = client
    this.roomId = roomId
    this.#listener = listener
    this.broadcast = new Broadcast({ client, roomId, onChange: () => listener.onChange() })
    this.mesh = new Mesh({
      // A message that does not arrive is sent anew by its link, where it still matters.
      signal: (toUser, message) => void client.signal(roomId, toUser, message).catch(() => undefined),
      tellLink: (peer, state) => client.tell({ type: 'link', room_id: roomId, peer_session_id: peer, state }),
      iceServers: () => /** @type {RTCIceServer[]} */ (client.iceServers),
      isMeant: (userId) => isMeant(client.target, roomId, userId),
      onChange: () => listener.onChange(),
      onSilenced: () => listener.onSilenced(),
    })
    this.#stopQuality = watchQuality(
      () => this.mesh.hearing(),
      (report) => client.tell({ type: 'quality', room_id: roomId, ...report }),
    )
    client.follow(roomId, {
      onTarget: () => this.mesh.retarget(),
      onVolume: () => this.mesh.follow(this.roster, this.sessionId),
      onEpoch: (_room, epoch, before) => listener.onEpoch(epoch, before),
      onSignal: (frame) => this.mesh.receive(frame.from_session, frame),
      onHint: (frame) => listener.onHint(frame),
      onRoomEnding: (_room, endsAt) => listener.onRoomEnding(endsAt),
      onEnded: (_room, reason) => listener.onEnded(reason),
      onRoster: (_room, before, after, frame) => this.#rosterChanged(before, after, frame),
    })
  }

  get roster() {
    return this.client.seat(this.roomId)?.roster ?? emptyRoster
  }

  get epoch() {
    return this.client.seat(this.roomId)?.epoch ?? 0
  }

  get sessionId() {
    return this.client.seat(this.roomId)?.sessionId ?? ''
  }

  get own() {
    return this.roster.participants.get(this.sessionId)
  }

  /** Null while one only listens. */
  get microphone() {
    return this.#microphone.stream
  }

  /** Why there is no microphone although one may speak; null where that is not so. */
  get microphoneProblem() {
    return this.#microphone.problem
  }

  /** The room lets one speak, as far as stage and voices go. */
  get hasTheWord() {
    return hasTheWord(this.roster.room, this.own)
  }

  /**
   * Speaks to this room alone, to some of it, to nobody, or to every room one is in.
   * @param {'room' | 'whisper' | 'none' | 'all'} to
   * @param {readonly string[]} [users] With `whisper`.
   */
  speakTo(to, users) {
    return this.client.transmit(this.roomId, to, users)
  }

  /** @param {boolean} selfMuted */
  muteSelf(selfMuted) {
    this.selfMuted = selfMuted
    this.#mindMicrophone()
    this.#say({ self_muted: selfMuted, ...(selfMuted ? { speaking: false } : {}) })
    this.#listener.onChange()
  }

  /** @param {boolean} raised */
  raiseHand(raised) {
    this.handRaised = raised
    this.client.setFlags(this.roomId, { hand_raised: raised })
    this.#listener.onChange()
  }

  /**
   * Opens the microphone in a room where one talks by a key only, for as long as the key is held.
   * @param {boolean} held
   */
  holdKey(held) {
    if (held === this.keyHeld) return
    this.keyHeld = held
    this.#mindMicrophone()
    this.#say({ push_to_talk: held })
    this.#listener.onChange()
  }

  /** One talks by a key only. */
  get asksForKey() {
    return this.roster.room?.effective_settings.push_to_talk ?? false
  }

  /** How loud a participant is, oneself included, 0 to 1. */
  levelOf(/** @type {string} */ session) {
    if (session !== this.sessionId) return this.mesh.levelOf(session)
    return this.own?.is_muted ? 0 : (this.#meter?.level ?? 0)
  }

  /** To be called from a person's click or key: browsers keep sound back until then. */
  touched() {
    this.mesh.resume()
    this.#meter?.resume()
  }

  /** Ends links and microphone. The seat is given up by the client. */
  end() {
    this.client.unfollow(this.roomId)
    this.#stopQuality()
    this.broadcast.end()
    this.mesh.close()
    this.#meter?.close()
    void this.#microphone.want(false)
  }

  /**
   * @param {Roster} before
   * @param {Roster} after
   * @param {import('../../../protocol/client/frames.ts').ServerFrame} frame
   */
  #rosterChanged(before, after, frame) {
    if (frame.type === 'events') for (const event of frame.events) this.#listener.onEvent(event, before, after)
    if (this.sessionId) this.mesh.follow(after, this.sessionId)
    this.#mindMicrophone()
    this.#listener.onChange()
  }

  /**
   * Of one's microphone, to all who may hear it.
   * @param {import('./voice-client.js').Flags} flags
   */
  #say(flags) {
    this.client.setFlags(this.roomId, flags)
    this.broadcast.say(flags)
  }

  /** Whom a moderator muted is silenced by the others; what is said meanwhile is nobody's business. */
  #mindMicrophone() {
    // Between two seats nothing is known of it.
    if (!this.own) return
    void this.#microphone.want(this.hasTheWord).then((changed) => {
      if (changed) this.#useMicrophone()
    })
    const open = !this.selfMuted && !this.own.is_muted && (this.keyHeld || !this.asksForKey)
    this.#microphone.open(open)
  }

  #useMicrophone() {
    if (this.#meter) this.#say({ speaking: false })
    this.#meter?.close()
    this.#meter = this.microphone && new Meter(this.microphone, (speaking) => this.#say({ speaking }))
    this.mesh.use(this.microphone)
    this.broadcast.use(this.microphone)
    this.#listener.onChange()
  }
}
