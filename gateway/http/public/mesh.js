// @ts-check
import { isPlayed, isSpokenTo } from './hearing.js'
import { gainOf, Playback } from './loudness.js'
import { chooseLinks, isPolite } from './negotiation.js'
import { PeerLink } from './peer-link.js'
import { emptyRoster } from './roster.js'

/** @typedef {import('./peer-link.js').Message} Message */
/** @typedef {import('./roster.js').Participant} Participant */
/** @typedef {import('./roster.js').Roster} Roster */

/**
 * @typedef {object} MeshOptions
 * @property {(toUser: string, message: Message) => void} signal
 * @property {(peerSession: string, state: 'connected' | 'failed' | 'closed') => void} tellLink
 * @property {() => RTCIceServer[]} iceServers What the gateway told last.
 * @property {(userId: string) => boolean} isMeant Whether the microphone is for that user.
 * @property {() => void} onChange Links came, went or changed their state.
 * @property {() => void} onSilenced The browser does not play audio before somebody touches the page.
 */

/**
 * Audio links to the others of one room, one a session.
 *
 * The roster alone says who is wanted. A link begins when its peer is connected to the room and ends when the peer's seat
 * is gone; a new owner of the room, a lost socket or a peer without a connection changes nothing in it, since audio flows
 * without any of them. A seat that was replaced is another session, hence another link.
 */
export class Mesh {
  /** @type {Map<string, { link: PeerLink, playback: Playback }>} */
  #links = new Map()
  /** @type {Participant[]} */
  #unlinked = []
  #options
  /** @type {MediaStream | null} */
  #microphone = null
  #ownSession = ''
  /** @type {Roster} */
  #roster = emptyRoster
  #bitrate = 40_000
  /** @type {RTCIceTransportPolicy} */
  #icePolicy = 'all'
  /** @type {import('./opus.js').AudioParameters | null} */
  #audio = null

  /** @param {MeshOptions} options */
  constructor(options) {
    this.#options = options
  }

  /**
   * Speaks with this microphone from now on, on the links that there are and on those to come; null listens only.
   * @param {MediaStream | null} microphone
   */
  use(microphone) {
    this.#microphone = microphone
    for (const session of this.#links.keys()) this.#mindSound(session)
  }

  /**
   * Links with whom the roster names.
   * @param {Roster} roster
   * @param {string} ownSession
   */
  follow(roster, ownSession) {
    if (ownSession !== this.#ownSession) this.close()
    this.#ownSession = ownSession
    this.#roster = roster
    this.#bitrate = roster.room?.bitrate ?? this.#bitrate
    this.#audio = roster.room?.audio ?? this.#audio
    this.#mindPolicy(roster.room?.effective_settings.ice_policy ?? this.#icePolicy)
    const { linked, unlinked } = chooseLinks(roster.participants.values(), ownSession, roster.links)
    this.#unlinked = unlinked
    /** @type {Set<string>} */
    const wanted = new Set(linked.map(({ session_id: id }) => id))
    for (const session of [...this.#links.keys()]) if (!wanted.has(session)) this.#drop(session)
    for (const peer of linked) if (peer.is_connected) this.#link(peer)
    for (const session of this.#links.keys()) this.#mindSound(session)
    this.#options.onChange()
  }

  /**
   * Takes a message that came for our session.
   * @param {string} fromSession
   * @param {Message} message
   */
  receive(fromSession, message) {
    const peer = this.#roster.participants.get(fromSession)
    const hasPlace = peer && !this.#unlinked.includes(peer) && fromSession !== this.#ownSession
    // Of a seat that is gone, or that is beyond the bound.
    if (!hasPlace) return
    void this.#link(peer).receive(message)
  }

  /** @returns {import('./peer-link.js').LinkState | null} Null where there is no link. */
  stateOf(/** @type {string} */ session) {
    return this.#links.get(session)?.link.state ?? null
  }

  /** Those for whom there is no place among the links: they are neither heard nor hear. */
  get unlinked() {
    return this.#unlinked
  }

  /** How loud a participant is right now, 0 to 1; silenced ones are 0. */
  levelOf(/** @type {string} */ session) {
    const entry = this.#links.get(session)
    return entry && isPlayed(this.#roster, this.#ownSession, session) ? entry.link.level() : 0
  }

  /** Plays what the browser held back; to be called from a person's click or key. */
  resume() {
    for (const { playback } of this.#links.values()) this.#play(playback.element)
  }

  /**
   * What arrives by each link.
   * @returns {Promise<{ peer_session_id: string, packetsReceived: number, packetsLost: number, totalAudioEnergy: number,
   *   jitterMs: number, roundTripMs: number | null, state: string }[]>}
   */
  stats() {
    return Promise.all(
      Array.from(this.#links, async ([session, { link }]) => ({
        peer_session_id: session,
        state: link.state,
        ...audioIn(await link.stats()),
      })),
    )
  }

  /** The links together, as quality.js takes it. */
  async hearing() {
    const links = (await this.stats()).filter(({ state }) => state === 'connected')
    const trips = links.flatMap(({ roundTripMs }) => (roundTripMs === null ? [] : [roundTripMs]))
    return {
      received: sum(links.map(({ packetsReceived }) => packetsReceived)),
      lost: sum(links.map(({ packetsLost }) => packetsLost)),
      jitterMs: mean(links.map(({ jitterMs }) => jitterMs)),
      roundTripMs: mean(trips),
    }
  }

  /** Ends every link. */
  close() {
    for (const session of [...this.#links.keys()]) this.#drop(session)
  }

  /**
   * Under another policy links begin anew: one that stands would go on over the addresses that it knows, whatever it gathers next.
   * @param {RTCIceTransportPolicy} policy
   */
  #mindPolicy(policy) {
    if (policy === this.#icePolicy) return
    this.#icePolicy = policy
    this.close()
  }

  /**
   * @param {Participant} peer
   * @returns {PeerLink}
   */
  #link({ session_id: session, user_id: user }) {
    const existing = this.#links.get(session)
    if (existing) return existing.link
    const playback = new Playback()
    const link = new PeerLink({
      polite: isPolite(this.#ownSession, session),
      ice: () => ({ iceServers: this.#options.iceServers(), iceTransportPolicy: this.#icePolicy }),
      audio: () => this.#audio,
      send: (message) => this.#options.signal(user, message),
      onState: (state) => this.#stateChanged(session, state),
      onAudio: (stream) => {
        playback.play(stream)
        this.#play(playback.element)
      },
    })
    this.#links.set(session, { link, playback })
    this.#mindSound(session)
    return link
  }

  /** Somebody else is meant by one's microphone now. */
  retarget() {
    for (const session of this.#links.keys()) this.#mindSound(session)
  }

  /**
   * Keeps what the room says of who hears whom, at both ends of a link.
   * @param {string} session
   */
  #mindSound(session) {
    const entry = this.#links.get(session)
    if (!entry) return
    const isHeard = isPlayed(this.#roster, this.#ownSession, session)
    entry.playback.set(isHeard, gainOf(this.#roster, this.#ownSession, session))
    entry.link.hear(isHeard)
    entry.link.speakWith(this.#microphone, isSpokenTo(this.#roster, this.#ownSession, session, this.#options.isMeant))
  }

  /**
   * @param {string} session
   * @param {import('./peer-link.js').LinkState} state
   */
  #stateChanged(session, state) {
    if (state === 'connected') this.#links.get(session)?.link.limitBitrate(this.#bitrate)
    if (state !== 'connecting') this.#options.tellLink(session, state)
    this.#options.onChange()
  }

  /** @param {string} session */
  #drop(session) {
    const entry = this.#links.get(session)
    if (!entry) return
    this.#links.delete(session)
    entry.link.close()
    entry.playback.close()
    // One that never stood has no end to tell of.
    if (entry.link.state !== 'connecting') this.#options.tellLink(session, 'closed')
  }

  /** @param {HTMLAudioElement} audio */
  #play(audio) {
    audio.play().catch((/** @type {DOMException} */ error) => {
      if (error.name === 'NotAllowedError') this.#options.onSilenced()
    })
  }
}

/** @param {RTCStatsReport} report */
function audioIn(report) {
  const sums = {
    packetsReceived: 0,
    packetsLost: 0,
    totalAudioEnergy: 0,
    jitterMs: 0,
    roundTripMs: /** @type {number | null} */ (null),
  }
  for (const entry of report.values()) {
    if (entry.type === 'inbound-rtp' && entry.kind === 'audio') {
      sums.packetsReceived += entry.packetsReceived ?? 0
      sums.packetsLost += entry.packetsLost ?? 0
      sums.totalAudioEnergy += entry.totalAudioEnergy ?? 0
      sums.jitterMs = Math.max(sums.jitterMs, 1_000 * (entry.jitter ?? 0))
    } else if (entry.type === 'candidate-pair' && entry.nominated && entry.currentRoundTripTime !== undefined) {
      sums.roundTripMs = 1_000 * entry.currentRoundTripTime
    }
  }
  return sums
}

/** @param {number[]} values */
const sum = (values) => values.reduce((total, value) => total + value, 0)

/** @param {number[]} values */
const mean = (values) => (values.length > 0 ? sum(values) / values.length : 0)
