// @ts-check
import { byId } from './page-elements.js'

/**
 * @typedef {object} Wish What a person wants to enter.
 * @property {string} name
 * @property {string | null} roomId Null makes a new room.
 * @property {string} roomName
 * @property {string} password
 * @property {string} token
 */

/** The form in front of a room. */
export class Lobby {
  #form = byId('lobby', HTMLFormElement)
  #name = byId('name', HTMLInputElement)
  #roomId = byId('room-id', HTMLInputElement)
  #roomName = byId('room-name', HTMLInputElement)
  #password = byId('password', HTMLInputElement)
  #token = byId('token', HTMLTextAreaElement)
  #enter = byId('enter', HTMLButtonElement)

  /** @param {(wish: Wish) => void} onEnter */
  constructor(onEnter) {
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault()
      onEnter(this.wish())
    })
    this.#form.addEventListener('change', () => this.#showMode())
    this.#showMode()
  }

  /** @returns {Wish} */
  wish() {
    return {
      name: this.#name.value.trim() || 'Guest',
      roomId: this.#joins ? this.#roomId.value.trim().toLowerCase() : null,
      roomName: this.#roomName.value.trim() || 'My room',
      password: this.#password.value,
      token: this.#token.value.trim(),
    }
  }

  /** @param {{ name?: string | null, roomId?: string | null }} known */
  fill({ name, roomId }) {
    if (name) this.#name.value = name
    if (roomId) {
      this.#roomId.value = roomId
      const choice = this.#form.querySelector('input[name="mode"][value="join"]')
      if (choice instanceof HTMLInputElement) choice.checked = true
    }
    this.#showMode()
  }

  /** @param {string} token */
  showToken(token) {
    this.#token.value = token
  }

  /** Without a gateway that gives tokens to guests, one has to be brought. */
  requireToken() {
    byId('token-fields', HTMLDetailsElement).open = true
    byId('token-hint', HTMLElement).textContent = 'This gateway gives no tokens to guests: paste one of your service.'
    this.#token.required = true
  }

  askForPassword() {
    byId('password-fields', HTMLElement).hidden = false
    byId('password-hint', HTMLElement).textContent = '(this room asks for one)'
    this.#password.focus()
    this.#password.select()
  }

  /** @param {boolean} busy */
  setBusy(busy) {
    this.#enter.disabled = busy
    this.#enter.textContent = busy ? 'Joining …' : this.#label()
  }

  /** @param {boolean} shown */
  show(shown) {
    this.#form.hidden = !shown
    if (shown) this.#enter.focus()
  }

  get #joins() {
    return new FormData(this.#form).get('mode') === 'join'
  }

  #label() {
    return this.#joins ? 'Join the room' : 'Make the room and join'
  }

  #showMode() {
    byId('create-fields', HTMLElement).hidden = this.#joins
    byId('join-fields', HTMLElement).hidden = !this.#joins
    this.#roomId.required = this.#joins
    byId('password-hint', HTMLElement).textContent = this.#joins ? '(if the room has one)' : '(none if left empty)'
    this.#enter.textContent = this.#label()
  }
}
