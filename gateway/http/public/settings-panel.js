// @ts-check
import { byId, setText } from './page-elements.js'
import { may } from './rights.js'

/** @typedef {import('./call.js').Call} Call */

/** What the owner may change while people are in: the password, and whether only people with a voice are heard. */
export class SettingsPanel {
  #section = byId('settings', HTMLDetailsElement)
  #password = byId('new-password', HTMLInputElement)
  #state = byId('password-state', HTMLElement)
  #remove = byId('password-remove', HTMLButtonElement)
  #moderated = byId('moderated', HTMLInputElement)

  /** @param {(changes: { password?: string | null, is_moderated?: boolean }) => Promise<boolean>} change Whether it was done. */
  constructor(change) {
    byId('password-form', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault()
      void change({ password: this.#password.value }).then((done) => {
        if (done) this.#password.value = ''
      })
    })
    this.#remove.addEventListener('click', () => void change({ password: null }))
    this.#moderated.addEventListener('change', () => {
      void change({ is_moderated: this.#moderated.checked }).then((done) => {
        if (!done) this.#moderated.checked = !this.#moderated.checked
      })
    })
  }

  /** @param {Call} call */
  update({ roster: { room, stage }, own }) {
    this.#section.hidden = !may(room, own, 'update_room')
    if (!room) return
    setText(this.#state, room.has_password ? 'The room has a password.' : 'The room has no password.')
    this.#remove.hidden = !room.has_password
    byId('moderated-field', HTMLElement).hidden = stage !== null
    if (document.activeElement !== this.#moderated) this.#moderated.checked = room.is_moderated
  }
}
