// @ts-check

/** One's own microphone: asked for when it is wanted, and given back, so that the browser stops showing that it listens. */
export class Microphone {
  /** @type {MediaStream | null} */
  stream = null
  /** Why it could not be had, in words; null where it was not asked for, or is there. @type {string | null} */
  problem = null
  #wanted = false
  #isOpen = false

  /**
   * Asks for it, or gives it back. A refusal stands until it was given back and is wanted again.
   * @param {boolean} wanted
   * @returns {Promise<boolean>} Whether the stream or the problem is another one now.
   */
  async want(wanted) {
    if (wanted === this.#wanted) return false
    this.#wanted = wanted
    if (!wanted) {
      const had = this.stream !== null || this.problem !== null
      this.#stop(this.stream)
      this.stream = null
      this.problem = null
      return had
    }
    const { stream, problem } = await openMicrophone()
    // Not wanted any more, or asked for a second time, while the person was thinking.
    if (!this.#wanted || this.stream) {
      this.#stop(stream)
      return false
    }
    this.stream = stream
    this.problem = problem
    this.open(this.#isOpen)
    return true
  }

  /**
   * Lets it through or closes it, without giving it back.
   * @param {boolean} isOpen
   */
  open(isOpen) {
    this.#isOpen = isOpen
    for (const track of this.stream?.getAudioTracks() ?? []) track.enabled = isOpen
  }

  /** @param {MediaStream | null} stream */
  #stop(stream) {
    for (const track of stream?.getTracks() ?? []) track.stop()
  }
}

/** @returns {Promise<{ stream: MediaStream | null, problem: string | null }>} */
async function openMicrophone() {
  if (!('mediaDevices' in navigator)) {
    return { stream: null, problem: 'A browser gives the microphone only to pages on https or on localhost.' }
  }
  try {
    const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true }
    return { stream: await navigator.mediaDevices.getUserMedia({ audio }), problem: null }
  } catch (error) {
    return { stream: null, problem: problems[/** @type {DOMException} */ (error).name] ?? 'It could not be opened.' }
  }
}

/** @type {Record<string, string>} */
const problems = {
  NotAllowedError: 'The page has no permission to use it.',
  NotFoundError: 'None was found.',
  NotReadableError: 'Another program uses it.',
}
