// @ts-check
import { Meter } from './meter.js'
import { Microphone } from './microphone.js'
import { errorInWords } from './words.js'
import { ZoneMesh } from './zone-mesh.js'
import { distanceM, ZoneSound } from './zone-sound.js'
import { ZoneView } from './zone-view.js'
import { Walk } from './zone-walk.js'
import { positionFrame } from './zone-wire.js'

/** @typedef {import('./voice-client.js').VoiceClient} VoiceClient */
/** @typedef {import('./zone-mesh.js').Around & { userId: string, name: string }} Person `userId` is empty as long as nobody has said who they are. */
/**
 * @typedef {import('./zone-sound.js').SoundRules & { name: string, player: number, width_m: number, height_m: number }} Entered
 * What the answer to `zone_enter` says, as far as it is used here.
 */

/** How often one walks on, and voices are put in their places. Ms. */
const stepMs = 50
/** What one is told when it is over. @type {Record<string, string>} */
const endings = {
  closed: 'The zone was closed.',
  banned: 'You are banned from this zone.',
  full: 'The zone is full.',
  replaced: 'You are in a zone by another window now.',
}

/** One's stay in a zone, over lost connections: what one sees, where one walks, and the voices around. */
export class ZoneStay {
  /** @type {Entered | null} */
  entered = null
  /** What holds for oneself: `muted`, `deafened`. */
  sanctions = { muted: false, deafened: false }
  microphone = new Microphone()
  #client
  #zoneId
  #name
  #start
  #onEnded
  #view = new ZoneView()
  /** @type {ZoneSound | null} */
  #sound = null
  /** @type {ZoneMesh | null} */
  #mesh = null
  /** @type {Meter | null} */
  #meter = null
  /** @type {Walk | null} */
  walk = null
  #seq = 0
  #yaw = 0
  #isOver = false
  #isEntering = false
  #isAway = false
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer

  /**
   * @param {object} options
   * @param {VoiceClient} options.client
   * @param {string} options.zoneId
   * @param {string} options.name
   * @param {{ x: number, y: number }} options.start m.
   * @param {(why: string) => void} options.onEnded In words.
   */
  constructor({ client, zoneId, name, start, onEnded }) {
    this.#client = client
    this.#zoneId = zoneId
    this.#name = name
    this.#start = start
    this.#onEnded = onEnded
  }

  /** Enters, and begins to walk and to hear. Fails as `zone_enter` does. */
  async begin() {
    this.#client.follow(this.#zoneId, {
      onMode: (mode) => this.#connection(mode),
      onBinary: (frame) => this.#shown(frame),
      onZone: (frame) => this.#told(frame),
    })
    await this.#enter()
    this.#timer = setInterval(() => this.#step(), stepMs)
    void this.#listen()
  }

  /** Everybody in earshot, the nearest first. @returns {Person[]} */
  people() {
    const nowMs = performance.now()
    const own = this.place
    const { audible } = this.#view
    return [...this.#view.earshot]
      .map((peer) => {
        const place = this.#view.placeOf(peer, nowMs)
        const { username: name, user_id: userId } = this.#view.nameOf(peer.player) ?? { username: '…', user_id: '' }
        const { player, stance } = peer
        return { player, stance, place, userId, name, distanceM: distanceM(own, place), isAudible: audible.has(player) }
      })
      .sort((a, b) => a.distanceM - b.distanceM)
  }

  get place() {
    const { x, y } = this.walk ?? this.#start
    return { x, y, z: 0 }
  }

  links() {
    return this.#mesh?.links() ?? []
  }

  /** @param {number} player */
  levelOf(player) {
    return this.#mesh?.levelOf(player) ?? 0
  }

  get isHeldBack() {
    return this.#sound?.isHeldBack ?? false
  }

  /** To be called from a person's click or key. */
  touched() {
    this.#sound?.resume()
    this.#meter?.resume()
  }

  async leave() {
    this.#end()
    await this.#client.askZone(this.#zoneId, { type: 'zone_leave' }).catch(() => undefined)
  }

  async #listen() {
    await this.microphone.want(true)
    this.microphone.open(true)
    const { stream } = this.microphone
    if (this.#isOver) {
      void this.microphone.want(false)
      return
    }
    if (!stream) return
    this.#meter = new Meter(stream, (speaks) => {
      if (this.walk) this.walk.speaks = speaks
    })
    this.#mesh?.use(stream)
  }

  async #enter() {
    if (this.#isEntering) return
    this.#isEntering = true
    this.#isAway = false
    this.#view = new ZoneView()
    this.#mesh?.close()
    this.#mesh = null
    try {
      const command = { type: 'zone_enter', ...this.place, stance: 'talk', username: this.#name }
      const { value } = await this.#client.askZone(this.#zoneId, command)
      if (!this.#isOver) this.#arrived(/** @type {Entered} */ (value))
    } finally {
      this.#isEntering = false
    }
    // The connection was lost once more while the answer was on its way.
    if (this.#isAway && this.#client.mode === 'open') this.#enterAgain()
  }

  /** @param {Entered} entered */
  #arrived(entered) {
    this.entered = entered
    this.sanctions = { muted: false, deafened: false }
    const { player, width_m: width, height_m: height } = entered
    this.walk ??= new Walk({ ...this.#start, width, height, nowMs: performance.now() })
    this.walk.forget()
    const sound = this.#sound ?? new ZoneSound(entered)
    this.#sound = sound
    this.#mesh = new ZoneMesh({
      own: player,
      sound,
      iceServers: () => /** @type {RTCIceServer[]} */ (this.#client.iceServers),
      signal: (to, message) => {
        const command = { ...message, type: 'zone_signal', to }
        // Lost ones are offered again by the link.
        this.#client.askZone(this.#zoneId, command).catch(() => undefined)
      },
    })
    this.#mesh.use(this.microphone.stream)
  }

  #enterAgain() {
    this.#enter().catch((error) => this.#over(errorInWords(error)))
  }

  /** @param {import('./voice-client.js').Mode} mode */
  #connection(mode) {
    if (mode === 'waiting') this.#isAway = true
    if (mode === 'open' && this.#isAway && !this.#isOver) this.#enterAgain()
  }

  /** @param {ArrayBuffer} frame */
  #shown(frame) {
    const ask = this.#view.take(frame, performance.now())
    if (ask) this.#client.show(ask)
  }

  /** @param {import('./voice-client.js').ZoneFrame} frame */
  #told(frame) {
    switch (frame.type) {
      case 'zone_names':
        this.#view.name(frame.players)
        return
      case 'zone_signal':
        this.#mesh?.receive(frame.from, frame, performance.now())
        return
      case 'zone_event':
        if (frame.event !== 'sanctions') return
        this.sanctions = { muted: frame.muted === true, deafened: frame.deafened === true }
        this.#mesh?.allow(!this.sanctions.muted)
        return
      case 'zone_left':
        if (frame.reason !== 'left') this.#over(endings[frame.reason] ?? 'You are out of the zone.')
    }
  }

  #step() {
    const nowMs = performance.now()
    const { walk } = this
    if (!walk || !this.#mesh || !this.#sound) return
    walk.step(nowMs)
    this.#sound.stand(this.place)
    this.#mesh.step(nowMs, this.sanctions.deafened ? [] : this.people())
    const news = walk.news(nowMs)
    if (!news) return
    this.#seq += 1
    if (!news.still) this.#yaw = Math.round((Math.atan2(news.vy, news.vx) / (2 * Math.PI)) * 256) & 0xff
    this.#client.show(positionFrame({ ...news, seq: this.#seq, yaw: this.#yaw }))
  }

  /** @param {string} why */
  #over(why) {
    if (this.#isOver) return
    this.#end()
    this.#onEnded(why)
  }

  #end() {
    this.#isOver = true
    clearInterval(this.#timer)
    this.#mesh?.close()
    this.#sound?.close()
    this.#meter?.close()
    void this.microphone.want(false)
    this.#client.unfollow(this.#zoneId)
  }
}
