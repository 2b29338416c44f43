// @ts-check
import { PeerLink } from './peer-link.js'
import { rampedMs } from './zone-sound.js'
import { waitsForOffer, ZoneLinks } from './zone-links.js'

/** @typedef {import('./peer-link.js').Message} Message */
/** @typedef {import('./zone-sound.js').Place} Place */
/** @typedef {{ player: number, place: Place, stance: import('./zone-wire.js').Stance, distanceM: number, isAudible: boolean }} Around */

/**
 * @typedef {object} ZoneMeshOptions
 * @property {number} own One's own number.
 * @property {(to: number, message: Message) => void} signal
 * @property {() => RTCIceServer[]} iceServers
 * @property {import('./zone-sound.js').ZoneSound} sound
 */

/** Opus is told to use no more than this for each link, bit/s. */
const bitrate = 32_000
/** Offers of people without a link that wait, and messages behind each: a browser finds a few dozen candidates. */
const askersMax = 16
const messagesMax = 48

/**
 * @typedef {{ link: PeerLink, voice: ReturnType<import('./zone-sound.js').ZoneSound['voice']>, fingerprint: string, quietSinceMs: number }} Entry
 * `fingerprint` is that of the other side's connection; empty while it is not known.
 */

/** The links of somebody in a zone, and the sound that comes by them. A resync, or another region, touches none of them. */
export class ZoneMesh {
  #plan = new ZoneLinks()
  /** @type {Map<number, Entry>} */
  #entries = new Map()
  /** What came of people without a link: an offer and what belongs to it. @type {Map<number, Message[]>} */
  #waiting = new Map()
  #options
  /** @type {MediaStream | null} */
  #microphone = null
  #isHeard = true

  /** @param {ZoneMeshOptions} options */
  constructor(options) {
    this.#options = options
  }

  /**
   * Speaks with this microphone from now on; null listens only.
   * @param {MediaStream | null} microphone
   */
  use(microphone) {
    this.#microphone = microphone
    this.#speak()
  }

  /** A moderator's mute keeps one's voice back at its source. @param {boolean} isHeard */
  allow(isHeard) {
    this.#isHeard = isHeard
    this.#speak()
  }

  /**
   * Opens and closes links by who is around, and puts each voice where its speaker is.
   * @param {number} nowMs
   * @param {readonly Around[]} around
   */
  step(nowMs, around) {
    const { open, close } = this.#plan.step(nowMs, around, (player) => this.stateOf(player) === 'connected')
    for (const player of close) this.#drop(player)
    for (const player of open) {
      this.#open(player)
      const messages = this.#waiting.get(player) ?? []
      this.#waiting.delete(player)
      for (const message of messages) this.#give(player, message)
    }
    /** @type {Map<number, Around>} */
    const seen = new Map(around.map((peer) => [peer.player, peer]))
    for (const [player, entry] of this.#entries) {
      const peer = seen.get(player)
      const isAudible = peer?.isAudible === true
      this.#options.sound.put(entry.voice, isAudible ? peer.place : null, peer?.stance ?? 'talk')
      if (isAudible) entry.quietSinceMs = nowMs
      // The track goes on until its voice has faded out.
      entry.link.hear(isAudible || nowMs - entry.quietSinceMs < rampedMs)
    }
  }

  /**
   * Takes a message that somebody sent.
   * @param {number} from
   * @param {Message} message
   * @param {number} nowMs
   */
  receive(from, message, nowMs) {
    if (this.#entries.has(from)) {
      this.#give(from, message)
      return
    }
    if (isOffer(message)) {
      this.#waiting.delete(from)
      if (this.#waiting.size >= askersMax) return
      this.#waiting.set(from, [message])
      this.#plan.asked(from, nowMs)
      return
    }
    const waiting = this.#waiting.get(from)
    if (waiting && waiting.length < messagesMax) waiting.push(message)
  }

  /** @returns {import('./peer-link.js').LinkState | null} Null where there is no link. */
  stateOf(/** @type {number} */ player) {
    return this.#entries.get(player)?.link.state ?? null
  }

  /** How loud somebody sends right now, 0 to 1. */
  levelOf(/** @type {number} */ player) {
    return this.#entries.get(player)?.link.level() ?? 0
  }

  /** Who has a link, and how it stands. */
  links() {
    return Array.from(this.#entries, ([player, { link }]) => ({ player, state: link.state }))
  }

  close() {
    for (const player of [...this.#entries.keys()]) this.#drop(player)
    this.#waiting.clear()
  }

  #speak() {
    for (const { link } of this.#entries.values()) link.speakWith(this.#microphone, this.#isHeard)
  }

  /** @param {number} player */
  #open(player) {
    const voice = this.#options.sound.voice()
    const link = new PeerLink({
      polite: waitsForOffer(this.#options.own, player),
      ice: () => ({ iceServers: this.#options.iceServers() }),
      audio: () => null,
      send: (message) => this.#options.signal(player, message),
      onState: (state) => {
        if (state === 'connected') link.limitBitrate(bitrate)
      },
      onAudio: (stream) => voice.play(stream),
    })
    this.#entries.set(player, { link, voice, fingerprint: '', quietSinceMs: -Infinity })
    link.speakWith(this.#microphone, this.#isHeard)
  }

  /**
   * Hands a message to its link. One of another connection than the link's means that the other side began anew, and so does ours: an established
   * one does not change its partner.
   * @param {number} player
   * @param {Message} message
   */
  #give(player, message) {
    const fingerprint = /^a=fingerprint:(.+)$/m.exec(message.sdp ?? '')?.[1]?.trim() ?? ''
    const before = this.#entries.get(player)
    if (before && fingerprint !== '' && before.fingerprint !== '' && before.fingerprint !== fingerprint) {
      this.#drop(player)
      this.#open(player)
      // An answer to what the connection before offered is of no use to the new one, which offers by itself.
      if (!isOffer(message)) return
    }
    const entry = this.#entries.get(player)
    if (!entry) return
    if (fingerprint !== '') entry.fingerprint = fingerprint
    void entry.link.receive(message)
  }

  /** @param {number} player */
  #drop(player) {
    const entry = this.#entries.get(player)
    this.#entries.delete(player)
    entry?.link.close()
    entry?.voice.close()
  }
}

/** @param {Message} message */
const isOffer = ({ message_type: type, sdp }) => sdp !== undefined && type !== 'answer'
