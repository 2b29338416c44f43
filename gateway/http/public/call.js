// @ts-check
import { Mesh } from './mesh.js'
import { Meter } from './meter.js'
import { watchQuality } from './quality.js'
import { emptyRoster, hasTheWord } from './roster.js'

/** @typedef {import('./voice-client.js').VoiceClient} VoiceClient */
/** @typedef {import('./voice-client.js').Mode} Mode */
/** @typedef {import('./roster.js').Roster} Roster */

/**
 * @typedef {object} CallListener
 * @property {() => void} onChange Anything that is shown changed.
 * @property {(event: import('./roster.js').RoomEvent, before: Roster, after: Roster) => void} onEvent
 * @property {(epoch: number, before: number) => void} onEpoch
 * @property {(mode: Mode, detail?: string) => void} onMode
 * @property {(reason: string) => void} onEnded
 * @property {() => void} onSilenced
 */

/** One stay in one room: its seat, its links, and one's own microphone. */
export class Call {
  selfMuted = false
  /** The key to talk is held; counts in rooms that ask for one. */
  keyHeld = false
  /** @type {Meter | null} */
  #meter = null
  #stopQuality
  #listener

  /**
   * @param {{ client: VoiceClient, roomId: string, microphone: MediaStream | null, listener: CallListener }} options
   */
  constructor({ client, roomId, microphone, listener }) {
    this.client = client
    this.roomId = roomId
    this.microphone = microphone
    this.#listener = listener
    this.mesh = new Mesh({
      // A message that does not arrive is sent anew by its link, where it still matters.
      signal: (toUser, message) => void client.signal(roomId, toUser, message).catch(() => undefined),
      tellLink: (peer, state) => client.tell({ type: 'link', room_id: roomId, peer_session_id: peer, state }),
      iceServers: () => /** @type {RTCIceServer[]} */ (client.welcome?.ice_servers ?? []),
      onChange: () => listener.onChange(),
      onSilenced: () => listener.onSilenced(),
    })
    this.mesh.use(microphone)
    if (microphone) this.#meter = new Meter(microphone, (speaking) => client.setFlags(roomId, { speaking }))
    this.#stopQuality = watchQuality(
      () => this.mesh.hearing(),
      (report) => client.tell({ type: 'quality', room_id: roomId, ...report }),
    )
    client.listener = {
      onMode: (mode, detail) => listener.onMode(mode, detail),
      onEpoch: (_room, epoch, before) => listener.onEpoch(epoch, before),
      onSignal: (frame) => this.mesh.receive(frame.from_session, frame),
      onEnded: (_room, reason) => listener.onEnded(reason),
      onRoster: (_room, before, after, frame) => this.#rosterChanged(before, after, frame),
    }
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

  /** @param {boolean} selfMuted */
  muteSelf(selfMuted) {
    this.selfMuted = selfMuted
    this.#mindMicrophone()
    this.client.setFlags(this.roomId, { self_muted: selfMuted, ...(selfMuted ? { speaking: false } : {}) })
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
    this.client.setFlags(this.roomId, { push_to_talk: held })
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
    this.client.listener = {}
    this.#stopQuality()
    this.mesh.close()
    this.#meter?.close()
    for (const track of this.microphone?.getTracks() ?? []) track.stop()
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

  /** Whom a moderator muted is silenced by the others; sending nothing as well spares everybody the traffic. */
  #mindMicrophone() {
    const open =
      hasTheWord(this.roster.room, this.own) &&
      !this.selfMuted &&
      !this.own?.is_muted &&
      (this.keyHeld || !this.asksForKey)
    for (const track of this.microphone?.getAudioTracks() ?? []) track.enabled = open
  }
}

/**
 * The microphone, or why there is none.
 * @returns {Promise<{ microphone: MediaStream | null, problem: string | null }>}
 */
export async function openMicrophone() {
  if (!('mediaDevices' in navigator)) {
    return { microphone: null, problem: 'A browser gives the microphone only to pages on https or on localhost.' }
  }
  try {
    const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true }
    return { microphone: await navigator.mediaDevices.getUserMedia({ audio }), problem: null }
  } catch (error) {
    return {
      microphone: null,
      problem: problems[/** @type {DOMException} */ (error).name] ?? 'It could not be opened.',
    }
  }
}

/** @type {Record<string, string>} */
const problems = {
  NotAllowedError: 'The page has no permission to use it.',
  NotFoundError: 'None was found.',
  NotReadableError: 'Another program uses it.',
}
