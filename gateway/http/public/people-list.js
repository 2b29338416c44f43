// @ts-check
import { setText } from './page-elements.js'
import { mayMute } from './roster.js'
import { timeLeft } from './time-left.js'

/** @typedef {import('./roster.js').Participant} Participant */

/**
 * @typedef {object} Shown What the list shows, beside the participants themselves.
 * @property {string} ownSession
 * @property {(session: string) => 'connecting' | 'connected' | 'failed' | null} linkOf
 * @property {(session: string) => boolean} isUnlinked
 */

/** @type {readonly { label: string, spoken: string, seconds: number | undefined }[]} */
const mutes = [
  { label: 'Mute 10 s', spoken: 'for 10 seconds', seconds: 10 },
  { label: '1 min', spoken: 'for 1 minute', seconds: 60 },
  { label: 'Permanently', spoken: 'permanently', seconds: undefined },
]

/**
 * The people of a room. Rows are kept and changed in place, so that a button does not lose the focus when somebody else
 * begins to speak.
 */
export class PeopleList {
  /** @type {Map<string, Row>} */
  #rows = new Map()
  #list
  #actions

  /**
   * @param {HTMLElement} list
   * @param {{ mute: (userId: string, seconds: number | undefined) => void, unmute: (userId: string) => void }} actions
   */
  constructor(list, actions) {
    this.#list = list
    this.#actions = actions
  }

  /**
   * @param {readonly Participant[]} people
   * @param {Shown} shown
   */
  show(people, shown) {
    const own = people.find(({ session_id: id }) => id === shown.ownSession)
    for (const [session, row] of this.#rows) {
      if (people.some(({ session_id: id }) => id === session)) continue
      row.element.remove()
      this.#rows.delete(session)
    }
    for (const person of people) {
      let row = this.#rows.get(person.session_id)
      if (!row) {
        row = new Row(this.#actions)
        this.#rows.set(person.session_id, row)
        this.#list.append(row.element)
      }
      row.show(person, own, shown)
    }
  }

  /**
   * Moves the level bars.
   * @param {(session: string) => number} levelOf Root mean square, 0 to 1.
   */
  showLevels(levelOf) {
    for (const [session, row] of this.#rows) row.showLevel(levelOf(session))
  }

  /** @param {number} nowMs Unix ms. */
  showTimes(nowMs) {
    for (const row of this.#rows.values()) row.showTime(nowMs)
  }
}

class Row {
  element = document.createElement('li')
  /** @type {Participant | null} */
  #person = null
  #face = part('span', 'face')
  #name = part('span', 'name')
  #role = part('span', 'chip')
  #muted = part('span', 'chip chip-muted')
  #state = part('span', 'state')
  #meter = part('span', 'level')
  #actions = part('div', 'actions')
  /** @type {HTMLButtonElement[]} */
  #muteButtons
  #unmuteButton

  /** @param {{ mute: (userId: string, seconds: number | undefined) => void, unmute: (userId: string) => void }} actions */
  constructor(actions) {
    this.element.className = 'person'
    this.#face.setAttribute('aria-hidden', 'true')
    this.#meter.setAttribute('aria-hidden', 'true')
    this.#muteButtons = mutes.map(({ label, seconds }) =>
      button(label, () => this.#person && actions.mute(this.#person.user_id, seconds)),
    )
    this.#unmuteButton = button('Unmute', () => this.#person && actions.unmute(this.#person.user_id))
    this.#actions.append(...this.#muteButtons, this.#unmuteButton)
    const title = part('div', 'title')
    title.append(this.#name, this.#role, this.#muted)
    const text = part('div', 'who')
    text.append(title, this.#state, this.#meter)
    this.element.append(this.#face, text, this.#actions)
  }

  /**
   * @param {Participant} person
   * @param {Participant | undefined} own
   * @param {Shown} shown
   */
  show(person, own, shown) {
    this.#person = person
    const isOwn = person.session_id === shown.ownSession
    this.element.dataset.session = person.session_id
    this.element.dataset.user = person.user_id
    this.element.dataset.muted = String(person.is_muted)
    this.element.classList.toggle('speaking', person.speaking && !person.is_muted && !person.self_muted)
    this.element.classList.toggle('away', !person.is_connected)
    setText(this.#face, Array.from(person.username)[0]?.toUpperCase() ?? '?')
    setText(this.#name, isOwn ? `${person.username} (you)` : person.username)
    setText(this.#role, person.role === 'member' ? '' : person.role)
    this.#meter.hidden = !isOwn && shown.linkOf(person.session_id) !== 'connected'
    setText(this.#state, stateInWords(person, isOwn, shown))
    this.#showActions(person, mayMute(own, person))
    this.showTime(Date.now())
  }

  /** @param {number} nowMs */
  showTime(nowMs) {
    if (!this.#person) return
    const { is_muted: isMuted, muted_until: until } = this.#person
    setText(this.#muted, isMuted ? (until === null ? 'muted' : `muted ${timeLeft(until, nowMs)}`) : '')
  }

  /** @param {number} level */
  showLevel(level) {
    // Loudness is felt as a ratio: -60 dBFS is an empty bar, 0 dBFS a full one.
    const share = level > 0 ? Math.max(0, Math.min(1, 1 + Math.log10(level) / 3)) : 0
    this.#meter.style.setProperty('--level', share.toFixed(2))
  }

  /**
   * @param {Participant} person
   * @param {boolean} allowed
   */
  #showActions(person, allowed) {
    this.#actions.hidden = !allowed
    this.#unmuteButton.hidden = !person.is_muted
    this.#unmuteButton.setAttribute('aria-label', `Unmute ${person.username}`)
    this.#muteButtons.forEach((each, index) => {
      each.setAttribute('aria-label', `Mute ${person.username} ${mutes[index]?.spoken}`)
    })
  }
}

/**
 * @param {Participant} person
 * @param {boolean} isOwn
 * @param {Shown} shown
 */
function stateInWords(person, isOwn, shown) {
  const words = [isOwn ? ownState(person) : connection(person, shown)]
  if (person.self_muted && !isOwn) words.push('microphone off')
  if (person.hand_raised) words.push('hand raised')
  if (person.speaking && !person.is_muted && !person.self_muted) words.push('speaking')
  return words.join(' · ')
}

/** @param {Participant} person */
function ownState(person) {
  if (!person.is_connected) return 'connecting'
  if (person.is_muted) return 'nobody hears you'
  return person.self_muted ? 'your microphone is off' : 'in the room'
}

/**
 * @param {Participant} person
 * @param {Shown} shown
 */
function connection(person, { linkOf, isUnlinked }) {
  const session = person.session_id
  if (isUnlinked(session)) return 'not linked: too many people for a mesh'
  const link = linkOf(session)
  const away = person.is_connected ? '' : ', away from the room'
  if (link === 'connected') return `audio connected${away}`
  if (link === 'failed') return `audio lost, trying again${away}`
  return person.is_connected ? 'connecting audio' : 'away'
}

/**
 * @param {string} tag
 * @param {string} className
 */
function part(tag, className) {
  const element = document.createElement(tag)
  element.className = className
  return element
}

/**
 * @param {string} label
 * @param {() => void} onClick
 */
function button(label, onClick) {
  const element = document.createElement('button')
  element.type = 'button'
  element.className = 'small'
  element.textContent = label
  element.addEventListener('click', onClick)
  return element
}
