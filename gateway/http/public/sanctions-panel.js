// @ts-check
import { KeyedList } from './keyed-list.js'
import { byId, element, setButton, setText, smallButton } from './page-elements.js'
import { may } from './rights.js'
import { timeLeft } from './time-left.js'
import { sanctionInWords } from './words.js'

/** @typedef {import('./call.js').Call} Call */
/** @typedef {import('./roster.js').Sanction} Sanction */
/** @typedef {Sanction & { name: string }} Line */

/** Names of people who have left that are remembered, for who is kept out; above it one reads their user ids. */
const namesMax = 1_000

/** Everything that is in force in the room, those included who are kept out of it, and the mute of everyone. */
export class SanctionsPanel {
  #section = byId('sanctions', HTMLElement)
  #none = byId('sanctions-none', HTMLElement)
  #everyone = byId('mute-all', HTMLButtonElement)
  #list
  #ask
  /** @type {Line[]} */
  #lines = []
  /** By user id. @type {Map<string, string>} */
  #names = new Map()
  #everyoneMuted = false

  /** @param {(command: { type: string, [field: string]: unknown }) => void} ask */
  constructor(ask) {
    this.#ask = ask
    this.#list = new KeyedList(
      byId('sanctions-list', HTMLElement),
      (/** @type {Line} */ { scope, kind, user_id: userId }) => `${scope} ${kind} ${userId}`,
      () => this.#entry(),
    )
    this.#everyone.addEventListener('click', () => ask({ type: this.#everyoneMuted ? 'unmute_all' : 'mute_all' }))
  }

  /** @param {Call} call */
  update({ roster, own }) {
    const kinds = /** @type {const} */ (['mute', 'deafen', 'ban', 'mute_all'])
    this.#section.hidden = !kinds.some((kind) => may(roster.room, own, kind))
    this.#everyoneMuted = roster.sanctions.has('mute_all all')
    const mayAll = may(roster.room, own, 'mute_all')
    setText(this.#everyone, mayAll ? (this.#everyoneMuted ? 'Unmute everyone' : 'Mute everyone') : '')
    if (this.#names.size > namesMax) this.#names.clear()
    for (const { user_id: id, username } of roster.participants.values()) this.#names.set(id, username)
    this.#lines = Array.from(roster.sanctions.values(), (sanction) => ({
      ...sanction,
      name: sanction.kind === 'mute_all' ? 'Everyone' : (this.#names.get(sanction.user_id) ?? sanction.user_id),
    }))
    this.#none.hidden = this.#lines.length > 0
    this.showTimes()
  }

  /** Counts down. */
  showTimes() {
    this.#list.show(this.#lines)
  }

  #entry() {
    /** @type {Line | null} */
    let shown = null
    const text = element('span', '')
    const lift = smallButton('Lift', () => {
      if (!shown) return
      const { kind, user_id: userId } = shown
      this.#ask({ type: `un${kind}`, ...(kind === 'mute_all' ? {} : { target_user_id: userId }) })
    })
    return {
      element: element('li', 'line', text, lift),
      show: (/** @type {Line} */ line) => {
        shown = line
        const left = line.until === null ? '' : ` · ${timeLeft(line.until, Date.now())}`
        setText(text, `${line.name}: ${sanctionInWords(line)}${left}`)
        // What reaches beyond the room is lifted where it was given.
        setButton(lift, line.scope ? '' : 'Lift', `Lift: ${line.name} is ${sanctionInWords(line)}`)
      },
    }
  }
}
