// @ts-check
import { pannerOf, taperOf } from './zone-gain.js'

/** Loudness and place change over about three times this, s: without it each change is a click. */
const rampS = 0.06
/** After that a ramp is over. Ms. */
export const rampedMs = 400

/** @typedef {{ x: number, y: number, z: number }} Place */
/** @typedef {import('../../../protocol/client/frames.ts').ServerFrame} ServerFrame */

/** What `zone_entered` says of sound. @typedef {{ range_m: number, hysteresis: number, whisper: number, shout: number, distance_model: import('./zone-gain.js').DistanceModel }} SoundRules */

/**
 * The ears of somebody in a zone: one audio context, in which each voice comes from where its speaker is. East is right, north is ahead.
 */
export class ZoneSound {
  #context = new AudioContext()
  #rules
  /** @type {Place} */
  #place = { x: 0, y: 0, z: 0 }

  /** @param {SoundRules} rules */
  constructor(rules) {
    this.#rules = rules
    const { listener } = this.#context
    // Firefox has no parameters here.
    if (listener.forwardX) {
      for (const [parameter, value] of /** @type {[AudioParam, number][]} */ ([
        [listener.forwardX, 0],
        [listener.forwardY, 0],
        [listener.forwardZ, -1],
        [listener.upX, 0],
        [listener.upY, 1],
        [listener.upZ, 0],
      ])) {
        parameter.value = value
      }
    } else listener.setOrientation(0, 0, -1, 0, 1, 0)
  }

  /** The browser keeps sound back until somebody touches the page. */
  get isHeldBack() {
    return this.#context.state === 'suspended'
  }

  /** To be called from a person's click or key. */
  resume() {
    if (this.isHeldBack) void this.#context.resume().catch(() => undefined)
  }

  /** One is there now, m. @param {Place} place */
  stand(place) {
    this.#place = place
    const { listener } = this.#context
    if (listener.positionX) this.#moveTo(listener, place)
    else listener.setPosition(place.x, place.z, -place.y)
  }

  /** A voice, silent until it is placed. */
  voice() {
    return new Voice(this.#context)
  }

  /**
   * Lets a voice come from there; null silences it.
   * @param {Voice} voice
   * @param {Place | null} place
   * @param {import('./zone-wire.js').Stance} stance
   */
  put(voice, place, stance) {
    const { range_m: rangeM, hysteresis, distance_model: model } = this.#rules
    const factor = stance === 'talk' ? 1 : this.#rules[stance]
    const { gain, panner } = voice
    const loudness = place ? taperOf(model, rangeM * hysteresis, factor, distanceM(this.#place, place)) : 0
    gain.gain.setTargetAtTime(loudness, this.#context.currentTime, rampS)
    if (!place) return
    const wanted = pannerOf(model, factor)
    if (panner.refDistance !== wanted.refDistance || panner.distanceModel !== wanted.distanceModel) {
      Object.assign(panner, wanted)
    }
    this.#moveTo(panner, place)
  }

  close() {
    void this.#context.close()
  }

  /**
   * @param {{ positionX: AudioParam, positionY: AudioParam, positionZ: AudioParam }} thing
   * @param {Place} place
   */
  #moveTo(thing, { x, y, z }) {
    const now = this.#context.currentTime
    thing.positionX.setTargetAtTime(x, now, rampS)
    thing.positionY.setTargetAtTime(z, now, rampS)
    thing.positionZ.setTargetAtTime(-y, now, rampS)
  }
}

/** One peer's voice on its way to the ears. */
class Voice {
  gain
  panner
  #context
  /** A browser may decode nothing that no element plays, so one does, mute. */
  #element = new Audio()
  /** @type {MediaStreamAudioSourceNode | null} */
  #source = null

  /** @param {AudioContext} context */
  constructor(context) {
    this.#context = context
    this.gain = new GainNode(context, { gain: 0 })
    this.panner = new PannerNode(context, { panningModel: 'HRTF' })
    this.gain.connect(this.panner).connect(context.destination)
    this.#element.muted = true
  }

  /** @param {MediaStream} stream */
  play(stream) {
    this.#source?.disconnect()
    this.#element.srcObject = stream
    void this.#element.play().catch(() => undefined)
    this.#source = this.#context.createMediaStreamSource(stream)
    this.#source.connect(this.gain)
  }

  close() {
    this.#source?.disconnect()
    this.gain.disconnect()
    this.panner.disconnect()
    this.#element.srcObject = null
  }
}

/** @param {Place} a @param {Place} b */
export const distanceM = (a, b) => Math.hypot(a.x - b.x, a.y - b.y, a.z - b.z)
