// @ts-check
import { element, setButton, setText, smallButton } from './page-elements.js'
import { isAbove, may, mayTo } from './rights.js'
import { placeOf } from './stage.js'
import { timeLeft } from './time-left.js'

/** @typedef {import('./roster.js').Participant} Participant */
/** @typedef {import('./roster.js').Roster} Roster */

/**
 * @typedef {object} Shown What the list shows, beside the participants themselves.
 * @property {string} ownSession
 * @property {(session: string) => 'connecting' | 'connected' | 'failed' | null} linkOf
 * @property {(session: string) => boolean} isUnlinked
 */

/**
 * @typedef {object} PeopleActions
 * @property {(command: { type: string, [field: string]: unknown }) => void} act
 * @property {(person: Participant) => void} manage
 */

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
   * @param {PeopleActions} actions
   */
  constructor(list, actions) {
    this.#list = list
    this.#actions = actions
  }

  /**
   * @param {Roster} roster
   * @param {Shown} shown
   */
  show(roster, shown) {
    const people = [...roster.participants.values()]
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
      row.show(person, own, roster, shown)
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
  element = element('li', 'person')
  /** @type {Participant | null} */
  #person = null
  #face = element('span', 'face')
  #name = element('span', 'name')
  #role = element('span', 'chip')
  #muted = element('span', 'chip chip-muted')
  #deafened = element('span', 'chip chip-muted')
  #state = element('span', 'state')
  #meter = element('span', 'level')
  #actions = element('div', 'actions')
  /** What the first two buttons ask for, right now. @type {string[]} */
  #types = ['', '']
  #word
  #mute
  #manage

  /** @param {PeopleActions} actions */
  constructor(actions) {
    this.#face.setAttribute('aria-hidden', 'true')
    this.#meter.setAttribute('aria-hidden', 'true')
    const acts = (/** @type {number} */ index) => () =>
      this.#person && actions.act({ type: this.#types[index] ?? '', target_user_id: this.#person.user_id })
    this.#word = smallButton('', acts(0))
    this.#mute = smallButton('', acts(1))
    this.#manage = smallButton('', () => this.#person && actions.manage(this.#person))
    this.#actions.append(this.#word, this.#mute, this.#manage)
    const title = element('div', 'title', this.#name, this.#role, this.#muted, this.#deafened)
    const text = element('div', 'who', title, this.#state, this.#meter)
    this.element.append(this.#face, text, this.#actions)
  }

  /**
   * @param {Participant} person
   * @param {Participant | undefined} own
   * @param {Roster} roster
   * @param {Shown} shown
   */
  show(person, own, roster, shown) {
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
    setText(this.#deafened, person.is_deafened ? 'hears nobody' : '')
    this.#showActions(person, own, roster)
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
   * @param {Participant | undefined} own
   * @param {Roster} roster
   */
  #showActions(person, own, roster) {
    const { room, sanctions } = roster
    const name = person.username
    const word = mayTo(room, own, 'manage_stage', person) ? wordAction(person, roster) : null
    const isMuted = sanctions.has(`mute ${person.user_id}`)
    const mute = mayTo(room, own, 'mute', person) ? (isMuted ? 'Unmute' : 'Mute') : ''
    const mayManage = isAbove(own, person) && manageable.some((permission) => may(room, own, permission))
    this.#types = [word?.type ?? '', isMuted ? 'unmute' : 'mute']
    setButton(this.#word, word?.label ?? '', word?.spoken)
    setButton(this.#mute, mute, `${mute} ${name}`)
    setButton(this.#manage, mayManage ? 'Manage …' : '', `Manage ${name}`)
    this.#actions.hidden = !word && !mute && !mayManage
  }
}

const manageable = /** @type {const} */ (['mute', 'deafen', 'kick', 'ban', 'manage_roles'])

/**
 * What gives somebody the word or takes it, in rooms where not everyone has it; those on stage and in the queue have their buttons there.
 * @param {Participant} person
 * @param {Roster} roster
 */
function wordAction({ user_id: userId, username, has_voice: hasVoice }, { room, stage }) {
  if (stage) {
    const { place } = placeOf(stage, userId)
    if (place === 'none') {
      return { label: 'Invite on stage', spoken: `Invite ${username} on stage`, type: 'invite_to_stage' }
    }
    return place === 'invited'
      ? { label: 'Take invitation back', spoken: `Do not invite ${username} any more`, type: 'remove_from_stage' }
      : null
  }
  if (!room?.is_moderated) return null
  return hasVoice
    ? { label: 'Take the word', spoken: `Take the word from ${username}`, type: 'revoke_voice' }
    : { label: 'Give the word', spoken: `Give ${username} the word`, type: 'grant_voice' }
}

/**
 * @param {Participant} person
 * @param {boolean} isOwn
 * @param {Shown} shown
 */
function stateInWords(person, isOwn, shown) {
  const words = [isOwn ? ownState(person) : connection(person, shown)]
  if (person.on_stage) words.push('on stage')
  if (person.speaks_from) words.push('speaks from another room')
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
