// @ts-check

/** @typedef {import('./roster.js').Roster} Roster */

/** What is left of everybody else while somebody speaks with priority. */
export const duckedTo = 0.25

/**
 * How loud a peer is played: as the listener set it, and turned down while somebody else speaks with priority. 1 is as it comes in.
 * @param {Roster} roster
 * @param {string} ownSession
 * @param {string} peerSession
 */
export function gainOf({ participants, volumes }, ownSession, peerSession) {
  const peer = participants.get(peerSession)
  if (!peer) return 0
  const own = (volumes.get(peer.user_id) ?? 100) / 100
  const isDucked = [...participants.values()].some(
    ({ session_id: id, priority, speaking }) => priority && speaking && id !== peerSession && id !== ownSession,
  )
  return isDucked && !(peer.priority && peer.speaking) ? own * duckedTo : own
}

/** One peer's audio: an element, and a gain node behind it for what is louder than it comes in. */
export class Playback {
  element = new Audio()
  /** @type {{ context: AudioContext, gain: GainNode } | null} */
  #boost = null
  #gain = 1
  #heard = true

  constructor() {
    this.element.autoplay = true
  }

  /** @param {MediaStream} stream */
  play(stream) {
    this.element.srcObject = stream
    this.#endBoost()
    this.#apply()
  }

  /**
   * @param {boolean} heard
   * @param {number} gain 0 to 2.
   */
  set(heard, gain) {
    this.#heard = heard
    this.#gain = gain
    this.#apply()
  }

  close() {
    this.#endBoost()
    this.element.srcObject = null
  }

  #apply() {
    const isBoosted = this.#heard && this.#gain > 1 && this.element.srcObject instanceof MediaStream
    if (isBoosted && !this.#boost) this.#beginBoost(/** @type {MediaStream} */ (this.element.srcObject))
    if (!isBoosted) this.#endBoost()
    if (this.#boost) this.#boost.gain.gain.value = this.#gain
    // The element goes on, unheard: without one a browser may not decode what comes in.
    this.element.muted = !this.#heard || this.#boost !== null
    this.element.volume = Math.min(1, this.#gain)
  }

  /** @param {MediaStream} stream */
  #beginBoost(stream) {
    const context = new AudioContext()
    const gain = context.createGain()
    context.createMediaStreamSource(stream).connect(gain).connect(context.destination)
    this.#boost = { context, gain }
  }

  #endBoost() {
    void this.#boost?.context.close()
    this.#boost = null
  }
}
