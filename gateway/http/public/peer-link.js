// @ts-check
import { withOpus } from './opus.js'
import { offersCollide, originOf, restartDelayMs } from './negotiation.js'

/** @typedef {{ message_type: string, sdp?: string, candidate?: string, sdp_mid?: string, sdp_mline_index?: number }} Message */
/** @typedef {'connecting' | 'connected' | 'failed'} LinkState */

/**
 * @typedef {object} LinkOptions
 * @property {boolean} polite
 * @property {() => RTCConfiguration} ice Servers, and whether relays alone are to be used.
 * @property {() => import('./opus.js').AudioParameters | null} audio What the room asks of encoders; null while it is not known.
 * @property {(message: Message) => void} send
 * @property {(state: LinkState) => void} onState
 * @property {(stream: MediaStream) => void} onAudio
 */

/** How long the polite side leaves the first offer to the other. Both would offer at once otherwise. */
const politePatienceMs = 4_000
/** An offer without an answer is sent again after this, and then after twice that, up to 20 s. */
const answerPatienceMs = 5_000
/** A connection often comes back from `disconnected` by itself. */
const disconnectedPatienceMs = 3_000

/**
 * The peer connection to one other session. Perfect negotiation, after the example of the WebRTC recommendation (W3C,
 * 10.7): either side may offer at any time, and of two that do so at once the polite one yields. Messages may be lost with
 * a gateway or a room's owner, so offers are repeated until they are answered; with them go all candidates found so far.
 * An offer that comes again is answered by the same answer, and an answer that comes again is none to a later offer.
 * A link that fails restarts ICE, with growing pauses, for as long as it is wanted.
 */
export class PeerLink {
  /** @type {LinkState} */
  state = 'connecting'
  #options
  #pc
  #makingOffer = false
  #ignoringOffer = false
  /** What came before is applied first: of two offers that are applied at once, the second is answered by an offer. @type {Promise<void>} */
  #taken = Promise.resolve()
  /** The offer that was answered last. @type {string | null} */
  #answeredOffer = null
  /** The answer that was taken last, and how often it may come again: once for each time its offer was repeated. */
  #lastAnswer = { origin: /** @type {string | null} */ (null), repeats: 0 }
  #hasRemote = false
  #mayOffer
  #restarts = 0
  /** How often the offer that stands was sent. */
  #sends = 0
  /** What `speakWith` was told last. */
  #voice = { microphone: /** @type {MediaStream | null} */ (null), isSpokenTo: false }
  /** A description of the other side is being applied. */
  #isApplying = false
  /** The track that the sender was told to send last. @type {MediaStreamTrack | null} */
  #sent = null
  /** @type {RTCIceCandidateInit[]} */
  #early = []
  #heard = false
  #bitrate = 0
  /** @type {Map<string, ReturnType<typeof setTimeout>>} */
  #timers = new Map()

  /** @param {LinkOptions} options */
  constructor(options) {
    this.#options = options
    this.#mayOffer = !options.polite
    const pc = new RTCPeerConnection(options.ice())
    this.#pc = pc
    pc.onnegotiationneeded = () => void this.#offer()
    pc.onicecandidate = ({ candidate }) => this.#sendCandidate(candidate)
    pc.onconnectionstatechange = () => this.#stateChanged()
    pc.onsignalingstatechange = () => void this.#limitSenders()
    pc.ontrack = ({ track, streams }) => {
      track.enabled = this.#heard
      options.onAudio(streams[0] ?? new MediaStream([track]))
    }
    if (!options.polite) this.#wantAudio()
    else this.#after('patience', politePatienceMs, () => this.#offerAnyway())
  }

  /**
   * A message of the other side.
   * @param {Message} message
   */
  receive(message) {
    this.#taken = this.#taken
      .then(() => this.#take(message))
      .catch((error) => {
        // An answer to an offer that was taken back, a candidate of an older round: the next round puts it right.
        console.debug('signal not applied', message.message_type, error)
      })
    return this.#taken
  }

  /** @returns {Promise<RTCStatsReport>} */
  stats() {
    return this.#pc.getStats()
  }

  /** How loud the other side is right now, 0 to 1. */
  level() {
    const sources = this.#pc.getReceivers().flatMap((receiver) => receiver.getSynchronizationSources())
    return Math.max(0, ...sources.map(({ audioLevel }) => audioLevel ?? 0))
  }

  /** @param {number} bitsPerSecond */
  limitBitrate(bitsPerSecond) {
    this.#bitrate = bitsPerSecond
    void this.#limitSenders()
  }

  /**
   * Speaks with this microphone from now on; null listens only.
   * @param {MediaStream | null} microphone
   * @param {boolean} isSpokenTo False sends nothing, not even silence. It costs no negotiation, so it may come and go.
   */
  speakWith(microphone, isSpokenTo) {
    this.#voice = { microphone, isSpokenTo }
    if (!this.#isApplying) this.#speak()
  }

  /**
   * Whether what comes from the other side is let through. It is stopped at the track, so no element plays it, whatever else is
   * done with the stream.
   * @param {boolean} heard
   */
  hear(heard) {
    this.#heard = heard
    for (const { track } of this.#pc.getReceivers()) track.enabled = heard
  }

  close() {
    this.#options = { ...this.#options, send: () => undefined }
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
    this.#pc.onconnectionstatechange = null
    this.#pc.onicecandidate = null
    this.#pc.onnegotiationneeded = null
    this.#pc.onsignalingstatechange = null
    this.#pc.ontrack = null
    this.#pc.close()
  }

  #speak() {
    const { microphone, isSpokenTo } = this.#voice
    const track = microphone?.getAudioTracks()[0] ?? null
    const [transceiver] = this.#pc.getTransceivers()
    const isNew = !transceiver && track !== null
    const sender = transceiver?.sender ?? (microphone && track ? this.#pc.addTrack(track, microphone) : null)
    if (isNew) this.#sent = track
    if (transceiver) {
      // addTrack would not take a sender that spoke before.
      const direction = track ? 'sendrecv' : 'recvonly'
      if (transceiver.direction !== direction) transceiver.direction = direction
    }
    const sent = isSpokenTo ? track : null
    // Compared with what was asked for last: `sender.track` is behind while a change is under way, and the wish that came meanwhile
    // would be lost.
    if (!sender || this.#sent === sent) return
    this.#sent = sent
    sender.replaceTrack(sent).then(
      () => this.#limitSenders(),
      (error) => {
        this.#sent = sender.track
        console.debug(error)
      },
    )
  }

  /** @param {Message} message */
  async #take(message) {
    const { message_type: type, sdp } = message
    switch (type) {
      case 'offer':
      case 'answer':
        if (sdp !== undefined) await this.#takeDescription({ type, sdp })
        return
      case 'renegotiate':
      case 'ice_restart':
        if (sdp !== undefined) await this.#takeDescription({ type: 'offer', sdp })
        else if (type === 'ice_restart') this.#restart()
        else this.#offerAnyway()
        return
      case 'candidate':
        await this.#takeCandidate({
          candidate: message.candidate ?? '',
          sdpMid: message.sdp_mid ?? null,
          sdpMLineIndex: message.sdp_mline_index ?? null,
        })
        return
      case 'end_of_candidates':
        await this.#takeCandidate({ candidate: '', sdpMid: message.sdp_mid ?? '0' })
    }
  }

  /** @param {{ type: 'offer' | 'answer', sdp: string }} description */
  async #takeDescription(description) {
    const pc = this.#pc
    const isOffer = description.type === 'offer'
    const origin = originOf(description.sdp)
    if (isOffer ? this.#isAnswered(origin) : this.#isTaken(origin)) return
    const collides = offersCollide({ makingOffer: this.#makingOffer, signalingState: pc.signalingState })
    this.#ignoringOffer = isOffer && !this.#options.polite && collides
    if (this.#ignoringOffer) return
    this.#mayOffer = true
    this.#cancel('patience')
    await this.#apply(description)
    this.#hasRemote = true
    for (const candidate of this.#early.splice(0)) await pc.addIceCandidate(candidate).catch(() => undefined)
    if (isOffer) {
      await pc.setLocalDescription()
      this.#answeredOffer = origin
      this.#sendDescription('answer', pc.localDescription)
    } else {
      this.#cancel('answer')
      this.#lastAnswer = { origin, repeats: this.#sends - 1 }
      this.#sends = 0
    }
  }

  /**
   * Where a track is added while an offer is being applied, Chromium tells of no track of the other side, and nobody plays it. So what is
   * said meanwhile waits; an answer tells of it at once.
   * @param {{ type: 'offer' | 'answer', sdp: string }} description
   */
  async #apply(description) {
    const before = this.#voice
    this.#isApplying = true
    try {
      await this.#pc.setRemoteDescription(description)
    } finally {
      this.#isApplying = false
      if (this.#voice !== before) this.#speak()
    }
  }

  /**
   * An offer that was answered gets the same answer again, since that may have been lost. Another one would be taken for the answer to
   * whatever its sender has offered meanwhile, and one side would be silent from then on.
   * @param {string | null} origin
   */
  #isAnswered(origin) {
    if (origin === null || origin !== this.#answeredOffer) return false
    // Another offer may stand between, which is none of its sender's business here; or a later round, and then nobody waits.
    this.#sendDescription('answer', this.#pc.currentLocalDescription)
    return true
  }

  /**
   * An answer to an offer that has its answer: nothing was offered since, or it is the one that was taken.
   * @param {string | null} origin
   */
  #isTaken(origin) {
    if (this.#pc.signalingState === 'stable') return true
    if (origin === null || origin !== this.#lastAnswer.origin || this.#lastAnswer.repeats === 0) return false
    this.#lastAnswer.repeats -= 1
    return true
  }

  /** @param {RTCIceCandidateInit} candidate */
  async #takeCandidate(candidate) {
    if (!this.#hasRemote) {
      // A browser finds a few dozen at most; more is not a browser.
      if (this.#early.length < 64) this.#early.push(candidate)
      return
    }
    try {
      await this.#pc.addIceCandidate(candidate)
    } catch (error) {
      if (!this.#ignoringOffer) throw error
    }
  }

  async #offer() {
    if (!this.#mayOffer) return
    try {
      this.#makingOffer = true
      await this.#pc.setLocalDescription()
      this.#sends = 0
      this.#sendDescription('offer', this.#pc.localDescription)
    } catch (error) {
      console.debug('no offer made', error)
    } finally {
      this.#makingOffer = false
    }
  }

  #offerAnyway() {
    this.#mayOffer = true
    this.#wantAudio()
    void this.#offer()
  }

  async #limitSenders() {
    if (this.#bitrate === 0 || this.#pc.signalingState !== 'stable') return
    for (const sender of this.#pc.getSenders()) {
      const parameters = sender.getParameters()
      if (!sender.track || parameters.encodings.length === 0) continue
      for (const encoding of parameters.encodings) encoding.maxBitrate = this.#bitrate
      await sender.setParameters(parameters).catch(() => undefined)
    }
  }

  /** Without a microphone nothing would ask for the other side's audio. */
  #wantAudio() {
    if (this.#pc.getTransceivers().length === 0) this.#pc.addTransceiver('audio', { direction: 'recvonly' })
  }

  /**
   * @param {'offer' | 'answer'} type
   * @param {RTCSessionDescription | null} description Is not sent where it is of another type.
   */
  #sendDescription(type, description) {
    if (description?.type !== type) return
    const audio = this.#options.audio()
    this.#options.send({ message_type: type, sdp: audio ? withOpus(description.sdp, audio) : description.sdp })
    if (type !== 'offer') return
    const waitMs = Math.min(20_000, answerPatienceMs * 2 ** this.#sends)
    this.#sends += 1
    this.#after('answer', waitMs, () => {
      if (this.#pc.signalingState === 'have-local-offer') this.#sendDescription('offer', this.#pc.localDescription)
    })
  }

  /** @param {RTCIceCandidate | null} candidate */
  #sendCandidate(candidate) {
    // Null ends a round of gathering. Some browsers say it by an empty candidate before it, too.
    if (candidate === null) this.#options.send({ message_type: 'end_of_candidates' })
    if (candidate === null || candidate.candidate === '') return
    const place = {
      ...(candidate.sdpMid === null ? {} : { sdp_mid: candidate.sdpMid }),
      ...(candidate.sdpMLineIndex === null ? {} : { sdp_mline_index: candidate.sdpMLineIndex }),
    }
    this.#options.send({ message_type: 'candidate', candidate: candidate.candidate, ...place })
  }

  #stateChanged() {
    switch (this.#pc.connectionState) {
      case 'connected':
        this.#restarts = 0
        this.#cancel('restart')
        this.#setState('connected')
        return
      case 'disconnected':
        this.#after('restart', disconnectedPatienceMs, () => this.#restart())
        return
      case 'failed':
        this.#setState('failed')
        this.#after('restart', restartDelayMs(this.#restarts), () => this.#restart())
    }
  }

  #restart() {
    this.#restarts += 1
    this.#mayOffer = true
    // TURN credentials run out; a new round takes what the gateway handed out last.
    this.#pc.setConfiguration(this.#options.ice())
    this.#pc.restartIce()
    this.#after('restart', restartDelayMs(this.#restarts), () => {
      if (this.#pc.connectionState !== 'connected') this.#restart()
    })
  }

  /** @param {LinkState} state */
  #setState(state) {
    if (state === this.state) return
    this.state = state
    this.#options.onState(state)
  }

  /**
   * @param {string} name
   * @param {number} delayMs
   * @param {() => void} work
   */
  #after(name, delayMs, work) {
    this.#cancel(name)
    this.#timers.set(name, setTimeout(work, delayMs))
  }

  /** @param {string} name */
  #cancel(name) {
    clearTimeout(this.#timers.get(name))
    this.#timers.delete(name)
  }
}
