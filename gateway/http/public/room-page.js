// @ts-check
import { byId, setText } from './page-elements.js'
import { PeopleList } from './people-list.js'

/** @typedef {import('./call.js').Call} Call */

/** The room as one sees it from inside. */
export class RoomPage {
  #section = byId('room', HTMLElement)
  #title = byId('room-title', HTMLElement)
  #epoch = byId('fact-epoch', HTMLElement)
  #count = byId('people-count', HTMLElement)
  #selfMute = byId('self-mute', HTMLButtonElement)
  #microphoneNotice = byId('microphone-notice', HTMLElement)
  #meshNotice = byId('mesh-notice', HTMLElement)
  #enableSound = byId('enable-sound', HTMLButtonElement)
  #people
  /** @type {Call | null} */
  #call = null

  /**
   * @param {{ leave: () => void, mute: (userId: string, seconds: number | undefined) => void,
   *   unmute: (userId: string) => void }} actions
   */
  constructor(actions) {
    this.#people = new PeopleList(byId('people', HTMLElement), actions)
    byId('leave', HTMLButtonElement).addEventListener('click', actions.leave)
    this.#selfMute.addEventListener('click', () => this.#call?.muteSelf(!this.#call.selfMuted))
    this.#enableSound.addEventListener('click', () => (this.#enableSound.hidden = true))
    byId('copy-link', HTMLButtonElement).addEventListener('click', (event) => void copyLink(event))
    setInterval(() => this.#people.showTimes(Date.now()), 500)
    setInterval(() => this.#people.showLevels((session) => this.#call?.levelOf(session) ?? 0), 100)
  }

  /**
   * @param {Call | null} call
   * @param {{ gateway: string }} [about]
   */
  show(call, about) {
    this.#call = call
    this.#section.hidden = call === null
    this.#enableSound.hidden = true
    if (!call || !about) {
      this.#people.show([], { ownSession: '', linkOf: () => null, isUnlinked: () => false })
      return
    }
    byId('fact-gateway', HTMLElement).textContent = about.gateway
    this.update()
    this.#title.tabIndex = -1
    this.#title.focus()
  }

  /** Draws what the call has become. */
  update() {
    const call = this.#call
    if (!call) return
    const { roster, mesh } = call
    const people = [...roster.participants.values()]
    const unlinked = mesh.unlinked
    setText(this.#title, roster.room?.name ?? 'Room')
    setText(this.#count, `(${people.length}${roster.room ? ` of ${roster.room.max_participants}` : ''})`)
    setText(this.#epoch, String(call.epoch))
    this.#selfMute.classList.toggle('off', call.selfMuted)
    setText(this.#selfMute, microphoneButton(call))
    setText(this.#microphoneNotice, listeningInWords(call))
    setText(this.#meshNotice, unlinkedInWords(unlinked.map(({ username }) => username)))
    this.#people.show(people, {
      ownSession: call.sessionId,
      linkOf: (session) => mesh.stateOf(session),
      isUnlinked: (session) => unlinked.some(({ session_id: id }) => id === session),
    })
  }

  /** Draws the eye to the epoch. */
  flashEpoch() {
    this.#epoch.classList.remove('fresh')
    // Reading a measure makes the browser see the class go before it comes back, and the animation starts anew.
    void this.#epoch.offsetWidth
    this.#epoch.classList.add('fresh')
  }

  offerSound() {
    this.#enableSound.hidden = false
  }
}

/** Nothing, and hence no button, where there is no microphone. */
const microphoneButton = (/** @type {Call} */ { microphone, selfMuted, asksForKey }) =>
  microphone === null
    ? ''
    : `Turn my microphone ${selfMuted ? 'on' : 'off'}${asksForKey ? ' (hold space to talk)' : ''}`

/** Why one only listens; nothing where one may speak. */
function listeningInWords(/** @type {Call} */ { own, hasTheWord, microphoneProblem, roster }) {
  if (own?.is_deafened) return 'A moderator lets you hear nobody for now.'
  if (microphoneProblem !== null) return `You only listen: there is no microphone. ${microphoneProblem}`
  if (hasTheWord) return ''
  return roster.stage
    ? 'You listen. Your microphone stays closed until you are on stage.'
    : 'You listen. Your microphone stays closed until a moderator gives you a voice.'
}

/** @param {string[]} names */
function unlinkedInWords(names) {
  if (names.length === 0) return ''
  const shown = names.slice(0, 5).join(', ')
  const more = names.length > 5 ? ` and ${names.length - 5} more` : ''
  return `Nine people hear one another here. There is no audio between you and ${shown}${more}.`
}

/** @param {Event} event */
async function copyLink(event) {
  const button = /** @type {HTMLButtonElement} */ (event.currentTarget)
  const link = `${location.origin}${location.pathname}${location.hash}`
  const label = 'Copy link to this room'
  try {
    await navigator.clipboard.writeText(link)
    button.textContent = 'Link copied'
  } catch {
    // No clipboard without https, or without permission.
    window.prompt('Copy this link:', link)
  }
  setTimeout(() => (button.textContent = label), 2_000)
}
