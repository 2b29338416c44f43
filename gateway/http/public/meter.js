// @ts-check
import { SpeakingGate } from './speaking-gate.js'

/** How often the microphone is looked at. Ms. */
const lookMs = 50

/** Listens to one's own microphone: how loud it is, and whether that is speech. */
export class Meter {
  level = 0
  #context = new AudioContext()
  #gate = new SpeakingGate()
  #timer

  /**
   * @param {MediaStream} microphone
   * @param {(speaking: boolean) => void} onSpeaking Seldom: see SpeakingGate.
   */
  constructor(microphone, onSpeaking) {
    const analyser = this.#context.createAnalyser()
    analyser.fftSize = 1_024
    this.#context.createMediaStreamSource(microphone).connect(analyser)
    const samples = new Float32Array(analyser.fftSize)
    this.#timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples)
      this.level = rootMeanSquare(samples)
      const changed = this.#gate.update(this.level, performance.now())
      if (changed !== null) onSpeaking(changed)
    }, lookMs)
  }

  /** An audio context made without a person's touch sleeps until this is called from one. */
  resume() {
    if (this.#context.state === 'suspended') void this.#context.resume().catch(() => undefined)
  }

  close() {
    clearInterval(this.#timer)
    void this.#context.close()
  }
}

/** @param {Float32Array} samples */
const rootMeanSquare = (samples) =>
  Math.sqrt(samples.reduce((total, sample) => total + sample * sample, 0) / samples.length)
