// @ts-check
import { readLink } from './links.js'
import { byId } from './page-elements.js'

/**
 * @typedef {object} Wish What a person wants to enter.
 * @property {string} name
 * @property {{ name: string, room_type: string, is_private: boolean, password?: string } | null} room A new one; null for none.
 * @property {string} roomId Empty for a new room.
 * @property {string} invite The token of one; empty without.
 * @property {string} password
 * @property {string} token
 */

/** The form in front of a room. */
export class Lobby {
  #form = byId('lobby', HTMLFormElement)
  #name = byId('name', HTMLInputElement)
  #roomId = byId('room-id', HTMLInputElement)
  #invite = byId('invite', HTMLInputElement)
  #roomName = byId('room-name', HTMLInputElement)
  #roomType = byId('room-type', HTMLSelectElement)
  #private = byId('room-private', HTMLInputElement)
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
    const password = this.#password.value
    const room = {
      name: this.#roomName.value.trim() || 'My room',
      room_type: this.#roomType.value,
      is_private: this.#private.checked,
      ...(password ? { password } : {}),
    }
    return {
      name: this.#name.value.trim() || 'Guest',
      room: this.#mode === 'create' ? room : null,
      roomId: this.#mode === 'join' ? this.#roomId.value.trim().toLowerCase() : '',
      invite: this.#mode === 'invite' ? readLink(this.#invite.value).invite : '',
      password,
      token: this.#token.value.trim(),
    }
  }

  /** @param {{ name?: string | null, roomId?: string | null, invite?: string }} known */
  fill({ name, roomId, invite }) {
    if (name) this.#name.value = name
    if (roomId) this.#roomId.value = roomId
    if (invite) this.#invite.value = invite
    const mode = invite ? 'invite' : roomId ? 'join' : ''
    const choice = this.#form.querySelector(`input[name="mode"][value="${mode}"]`)
    if (choice instanceof HTMLInputElement) choice.checked = true
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

  get #mode() {
    return String(new FormData(this.#form).get('mode'))
  }

  #label() {
    return this.#mode === 'create' ? 'Make the room and join' : 'Join the room'
  }

  #showMode() {
    const mode = this.#mode
    for (const name of ['create', 'join', 'invite']) byId(`${name}-fields`, HTMLElement).hidden = name !== mode
    this.#roomId.required = mode === 'join'
    this.#invite.required = mode === 'invite'
    // Who was given a role in a room needs no password.
    byId('password-fields', HTMLElement).hidden = mode === 'invite'
    byId('password-hint', HTMLElement).textContent = mode === 'join' ? '(if the room has one)' : '(none if left empty)'
    this.#enter.textContent = this.#label()
  }
}
