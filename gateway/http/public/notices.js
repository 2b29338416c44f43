// @ts-check
import { byId, setText } from './page-elements.js'

/** How long something that passes by itself is shown. Ms. */
const shownMs = 12_000

/** What a person has to be told while they are in a room: refusals at once, hints when there is time. Each goes by itself. */
export class Notices {
  #refusal = byId('room-refusal', HTMLElement)
  #hint = byId('room-hint', HTMLElement)
  /** @type {Map<HTMLElement, ReturnType<typeof setTimeout>>} */
  #timers = new Map()

  /** @param {string} text */
  refuse(text) {
    this.#show(this.#refusal, text)
  }

  /** @param {string} text */
  hint(text) {
    this.#show(this.#hint, text)
  }

  clear() {
    for (const element of [this.#refusal, this.#hint]) setText(element, '')
  }

  /**
   * @param {HTMLElement} element
   * @param {string} text
   */
  #show(element, text) {
    clearTimeout(this.#timers.get(element))
    setText(element, text)
    this.#timers.set(
      element,
      setTimeout(() => setText(element, ''), shownMs),
    )
  }
}
