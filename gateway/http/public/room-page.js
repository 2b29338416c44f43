// @ts-check
import { InvitesPanel } from './invites-panel.js'
import { copyText, inviteLink } from './links.js'
import { ManageDialog } from './manage-dialog.js'
import { Notices } from './notices.js'
import { byId, setText } from './page-elements.js'
import { PeopleList } from './people-list.js'
import { may } from './rights.js'
import { emptyRoster } from './roster.js'
import { SanctionsPanel } from './sanctions-panel.js'
import { SettingsPanel } from './settings-panel.js'
import { StagePanel } from './stage-panel.js'
import { errorInWords } from './words.js'

/** @typedef {import('./call.js').Call} Call */

/**
 * @typedef {object} RoomActions
 * @property {() => void} leave
 * @property {() => Promise<string | null>} broadcast Speaks into linked rooms, or no more; null once done, else why not, in words.
 * @property {import('./manage-dialog.js').Ask} ask
 * @property {Omit<import('./invites-panel.js').InviteCalls, 'refused'>} invites
 * @property {(changes: object) => Promise<string | null>} change Changes the room's facts; null once done, else why not, in words.
 */

/** The room as one sees it from inside. */
export class RoomPage {
  notices = new Notices()
  #section = byId('inside', HTMLElement)
  #title = byId('room-title', HTMLElement)
  #epoch = byId('fact-epoch', HTMLElement)
  #count = byId('people-count', HTMLElement)
  #selfMute = byId('self-mute', HTMLButtonElement)
  #hand = byId('raise-hand', HTMLButtonElement)
  #broadcast = byId('broadcast', HTMLButtonElement)
  #microphoneNotice = byId('microphone-notice', HTMLElement)
  #meshNotice = byId('mesh-notice', HTMLElement)
  #enableSound = byId('enable-sound', HTMLButtonElement)
  #people
  #manage
  #stage
  #sanctions
  #panels
  /** @type {Call | null} */
  #call = null

  /** @param {RoomActions} actions */
  constructor({ leave, broadcast, ask, invites, change }) {
    const act = (/** @type {{ type: string }} */ command) => void ask(command).then((words) => this.#tell(words))
    this.#manage = new ManageDialog(ask)
    this.#people = new PeopleList(byId('people', HTMLElement), {
      act,
      manage: (person) => this.#call && this.#manage.open(this.#call, person),
    })
    this.#stage = new StagePanel(act)
    this.#sanctions = new SanctionsPanel(act)
    this.#panels = [
      this.#stage,
      this.#sanctions,
      new InvitesPanel({ ...invites, refused: (error) => this.#tell(errorInWords(error)) }),
      new SettingsPanel((changes) => change(changes).then((words) => this.#tell(words))),
    ]
    byId('leave', HTMLButtonElement).addEventListener('click', leave)
    this.#selfMute.addEventListener('click', () => this.#call?.muteSelf(!this.#call.selfMuted))
    this.#hand.addEventListener('click', () => this.#call?.raiseHand(!this.#call.handRaised))
    this.#broadcast.addEventListener('click', () => void broadcast().then((words) => this.#tell(words)))
    this.#enableSound.addEventListener('click', () => (this.#enableSound.hidden = true))
    byId('copy-link', HTMLButtonElement).addEventListener('click', ({ currentTarget }) => {
      const link = inviteLink(location, this.#call?.roomId ?? '')
      void copyText(link, /** @type {HTMLButtonElement} */ (currentTarget))
    })
    setInterval(() => this.#showTimes(), 500)
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
    document.body.classList.toggle('in-room', call !== null)
    this.notices.clear()
    this.#manage.close()
    if (!call || !about) {
      this.#people.show(emptyRoster, { ownSession: '', linkOf: () => null, isUnlinked: () => false })
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
    const unlinked = mesh.unlinked
    setText(this.#title, roster.room?.name ?? 'Room')
    setText(this.#count, `(${roster.participants.size}${roster.room ? ` of ${roster.room.max_participants}` : ''})`)
    setText(this.#epoch, String(call.epoch))
    this.#selfMute.classList.toggle('off', call.selfMuted)
    setText(this.#selfMute, microphoneButton(call))
    // On a stage the hand is the place in the queue.
    setText(this.#hand, roster.stage ? '' : call.handRaised ? 'Lower my hand' : 'Raise my hand')
    setText(this.#broadcast, broadcastButton(call))
    this.#broadcast.setAttribute('aria-pressed', String(call.broadcast.isOn))
    setText(this.#microphoneNotice, listeningInWords(call))
    setText(this.#meshNotice, unlinkedInWords(unlinked.map(({ username }) => username)))
    this.#people.show(roster, {
      ownSession: call.sessionId,
      linkOf: (session) => mesh.stateOf(session),
      isUnlinked: (session) => unlinked.some(({ session_id: id }) => id === session),
    })
    for (const panel of this.#panels) panel.update(call)
    this.#manage.update()
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

  #showTimes() {
    if (!this.#call) return
    this.#people.showTimes(Date.now())
    this.#sanctions.showTimes()
    this.#manage.update()
  }

  /**
   * @param {string | null} words Why something was refused; null where it was done.
   * @returns {boolean} Whether it was done.
   */
  #tell(words) {
    if (words !== null) this.notices.refuse(words)
    return words === null
  }
}

/** Nothing, and hence no button, where there is no microphone. */
const microphoneButton = (/** @type {Call} */ { microphone, selfMuted, asksForKey }) =>
  microphone === null
    ? ''
    : `Turn my microphone ${selfMuted ? 'on' : 'off'}${asksForKey ? ' (hold space to talk)' : ''}`

/** Nothing for those who may not. */
function broadcastButton(/** @type {Call} */ { roster, own, broadcast: { isOn, count } }) {
  if (!may(roster.room, own, 'broadcast')) return ''
  return isOn ? `Speak to this room only (${count} linked)` : 'Speak to linked rooms'
}

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
  return `So many people cannot all hear one another yet: those who speak come first. There is no audio between you and ${shown}${more}.`
}
