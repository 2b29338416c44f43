// @ts-check
import { copyText, inviteLink } from './links.js'
import { KeyedList } from './keyed-list.js'
import { byId, element, setButton, setText, smallButton } from './page-elements.js'
import { may } from './rights.js'
import { timeLeft } from './time-left.js'

/** @typedef {import('./call.js').Call} Call */
/** @typedef {import('../../../protocol/room/invites.ts').InviteView} Invite */
/**
 * @typedef {object} InviteCalls Each fails with an error of the service.
 * @property {(fields: { role: string, max_uses: number, ttl: number, message?: string }) => Promise<{ token: string }>} make
 * @property {() => Promise<{ invites: Invite[] }>} list
 * @property {(inviteId: string) => Promise<unknown>} revoke
 * @property {(error: unknown) => void} refused Tells the person.
 */

/** Makes invites, and shows those that are open. A token is shown once: nobody keeps it. */
export class InvitesPanel {
  #section = byId('invites', HTMLDetailsElement)
  #form = byId('invite-form', HTMLFormElement)
  #made = byId('invite-made', HTMLElement)
  #link = byId('invite-link', HTMLInputElement)
  #role = byId('invite-role', HTMLSelectElement)
  #calls
  #open
  #roomId = ''

  /** @param {InviteCalls} calls */
  constructor(calls) {
    this.#calls = calls
    this.#open = new KeyedList(
      byId('invites-open', HTMLElement),
      (/** @type {Invite} */ { invite_id: id }) => id,
      () => this.#entry(),
    )
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault()
      void this.#make()
    })
    this.#section.addEventListener('toggle', () => this.#section.open && void this.#refresh())
    byId('invite-copy', HTMLButtonElement).addEventListener('click', ({ currentTarget }) =>
      copyText(this.#link.value, /** @type {HTMLButtonElement} */ (currentTarget)),
    )
  }

  /** @param {Call} call */
  update({ roster, own, roomId }) {
    this.#section.hidden = !may(roster.room, own, 'create_invite')
    const moderator = this.#role.options[1]
    if (moderator) moderator.disabled = !may(roster.room, own, 'manage_roles')
    if (roomId !== this.#roomId) {
      this.#section.open = false
      this.#made.hidden = true
    }
    this.#roomId = roomId
  }

  async #make() {
    const fields = new FormData(this.#form)
    const message = String(fields.get('message') ?? '').trim()
    try {
      const { token } = await this.#calls.make({
        role: String(fields.get('role')),
        max_uses: Number(fields.get('uses')),
        ttl: Number(fields.get('ttl')),
        ...(message ? { message } : {}),
      })
      this.#link.value = inviteLink(location, this.#roomId, token)
      this.#made.hidden = false
      this.#link.focus()
      this.#link.select()
    } catch (error) {
      this.#calls.refused(error)
    }
    await this.#refresh()
  }

  async #refresh() {
    try {
      const { invites } = await this.#calls.list()
      this.#open.show(invites.filter(({ status }) => status === 'open'))
    } catch (error) {
      this.#calls.refused(error)
    }
  }

  #entry() {
    let id = ''
    const text = element('span', '')
    const take = smallButton('Take back', () => void this.#revoke(id))
    return {
      element: element('li', 'line', text, take),
      show: (/** @type {Invite} */ invite) => {
        id = invite.invite_id
        const left = `${invite.max_uses - invite.uses} of ${invite.max_uses} left`
        const words = `As ${invite.role}, ${left}, for ${timeLeft(invite.expires_at, Date.now())}`
        setText(text, `${words}${invite.message ? ` · ${invite.message}` : ''}`)
        setButton(take, 'Take back', `Take back the invite: ${words}`)
      },
    }
  }

  /** @param {string} inviteId */
  async #revoke(inviteId) {
    await this.#calls.revoke(inviteId).catch((error) => this.#calls.refused(error))
    await this.#refresh()
  }
}
