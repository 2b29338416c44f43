// @ts-check
import { KeyedList } from './keyed-list.js'
import { byId, element, setButton, setText, smallButton } from './page-elements.js'
import { mayTo } from './rights.js'
import { timeLeft } from './time-left.js'
import { sanctionInWords } from './words.js'

/** @typedef {import('./call.js').Call} Call */
/** @typedef {import('./roster.js').Participant} Participant */
/** @typedef {import('./roster.js').Sanction} Sanction */
/**
 * Sends a command to the room; null once it is done, else why not, in words.
 * @typedef {(command: { type: string, [field: string]: unknown }) => Promise<string | null>} Ask
 */

/** What may be done, under the permission and the frame of the same name. */
const kinds = /** @type {const} */ (['mute', 'deafen', 'kick', 'ban'])

/** What those with a say may do to one person: sanctions for a time and with a reason, their lift, roles. */
export class ManageDialog {
  #dialog = byId('manage', HTMLDialogElement)
  #form = byId('manage-form', HTMLFormElement)
  #duration = byId('manage-duration', HTMLSelectElement)
  #reason = byId('manage-reason', HTMLInputElement)
  #refusal = byId('manage-refusal', HTMLElement)
  #role = byId('manage-role', HTMLButtonElement)
  #owner = byId('manage-owner', HTMLButtonElement)
  #ask
  #inForce
  /** @type {Call | null} */
  #call = null
  /** The last that was seen of them: who is gone may still be banned. @type {Participant | null} */
  #person = null

  /** @param {Ask} ask */
  constructor(ask) {
    this.#ask = ask
    this.#inForce = new KeyedList(
      byId('manage-in-force', HTMLElement),
      (/** @type {Sanction} */ { scope, kind }) => `${scope} ${kind}`,
      () => this.#entry(),
    )
    this.#form.addEventListener('change', () => this.#showDuration())
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault()
      void this.#apply()
    })
    this.#role.addEventListener('click', () => void this.#changeRole())
    this.#owner.addEventListener('click', () => void this.#giveRoom())
    byId('manage-close', HTMLButtonElement).addEventListener('click', () => this.#dialog.close())
  }

  /**
   * @param {Call} call
   * @param {Participant} person
   */
  open(call, person) {
    this.#call = call
    this.#person = person
    this.#form.reset()
    setText(this.#refusal, '')
    this.update()
    this.#showDuration()
    this.#dialog.showModal()
  }

  close() {
    this.#call = null
    if (this.#dialog.open) this.#dialog.close()
  }

  /** Draws what has become of the person. */
  update() {
    const call = this.#call
    if (!call || !this.#person) return
    const { roster, own } = call
    const { user_id: userId } = this.#person
    const person = [...roster.participants.values()].find(({ user_id: id }) => id === userId) ?? this.#person
    this.#person = person
    setText(byId('manage-title', HTMLElement), person.username)
    setText(byId('manage-subtitle', HTMLElement), `${person.role} · ${userId}`)
    for (const kind of kinds) {
      const choice = this.#choice(kind)
      choice.disabled = !mayTo(roster.room, own, kind, person)
    }
    if (this.#form.querySelector('input:checked:disabled')) {
      const first = kinds.map((kind) => this.#choice(kind)).find(({ disabled }) => !disabled)
      if (first) first.checked = true
    }
    this.#inForce.show([...roster.sanctions.values()].filter(({ user_id: id }) => id === userId))
    const mayRole = mayTo(roster.room, own, 'manage_roles', person)
    setText(this.#role, mayRole ? (person.role === 'moderator' ? 'Make a member again' : 'Make a moderator') : '')
    setText(this.#owner, own?.role === 'owner' ? 'Give the room to them' : '')
  }

  async #apply() {
    const person = this.#person
    if (!person) return
    const duration = Number(this.#duration.value)
    const reason = this.#reason.value.trim()
    const done = await this.#do({
      type: this.#kind,
      target_user_id: person.user_id,
      ...(duration > 0 ? { duration } : {}),
      ...(reason ? { reason } : {}),
    })
    if (done) this.#dialog.close()
  }

  #changeRole() {
    const role = this.#person?.role === 'moderator' ? 'member' : 'moderator'
    return this.#do({ type: 'set_role', target_user_id: this.#person?.user_id, role })
  }

  async #giveRoom() {
    const { username, user_id: userId } = this.#person ?? {}
    if (!confirm(`Make ${username} the owner? You will be a moderator, and cannot take the room back.`)) return
    if (await this.#do({ type: 'transfer_ownership', target_user_id: userId })) this.#dialog.close()
  }

  /**
   * @param {{ type: string, [field: string]: unknown }} command
   * @returns {Promise<boolean>} Whether it was done.
   */
  async #do(command) {
    const problem = await this.#ask(command)
    setText(this.#refusal, problem ?? '')
    return problem === null
  }

  /** One sanction that stands, with its lift. */
  #entry() {
    /** @type {Sanction | null} */
    let shown = null
    const text = element('span', '')
    const lift = smallButton('Lift', () => {
      if (shown) void this.#do({ type: `un${shown.kind}`, target_user_id: shown.user_id })
    })
    return {
      element: element('li', 'in-force', text, lift),
      show: (/** @type {Sanction} */ sanction) => {
        shown = sanction
        const until = sanction.until === null ? 'until it is lifted' : `for ${timeLeft(sanction.until, Date.now())}`
        setText(text, `${sanctionInWords(sanction)} ${until}`)
        setButton(lift, sanction.scope ? '' : 'Lift', `Lift: ${sanctionInWords(sanction)}`)
      },
    }
  }

  get #kind() {
    return String(new FormData(this.#form).get('kind') ?? 'mute')
  }

  /** @param {string} kind */
  #choice(kind) {
    return /** @type {HTMLInputElement} */ (this.#form.elements.namedItem(`manage-${kind}`))
  }

  /** Sending somebody out has no time of its own: with one it is a ban. */
  #showDuration() {
    const forGood = this.#duration.options[this.#duration.options.length - 1]
    if (forGood) forGood.text = this.#kind === 'kick' ? 'They may come back at once' : 'Until it is lifted'
  }
}
