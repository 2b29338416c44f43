// @ts-check
import { KeyedList } from './keyed-list.js'
import { byId, element, setButton, setText, smallButton } from './page-elements.js'
import { may } from './rights.js'
import { placeOf } from './stage.js'
import { ordinal } from './words.js'

/** @typedef {import('./call.js').Call} Call */
/** @typedef {import('./manage-dialog.js').Ask} Ask */
/** @typedef {{ userId: string, name: string, role: string, action: { label: string, spoken: string, type: string } | null }} Line */

/**
 * What one can do oneself, by the place one has: up to two buttons, the first being what most people want.
 * @type {Record<string, { label: string, type: string }[]>}
 */
const ownActions = {
  none: [{ label: 'Raise hand to speak', type: 'request_to_speak' }],
  queue: [{ label: 'Lower hand', type: 'withdraw_request' }],
  invited: [
    { label: 'Go on stage', type: 'accept_stage_invite' },
    { label: 'No, thanks', type: 'decline_stage_invite' },
  ],
  stage: [{ label: 'Leave the stage', type: 'leave_stage' }],
}

/** The stage of an announcement: who is on it, who waits, and one's own place. */
export class StagePanel {
  #section = byId('stage', HTMLElement)
  #count = byId('stage-count', HTMLElement)
  #own = byId('stage-own', HTMLElement)
  #first = byId('stage-first', HTMLButtonElement)
  #second = byId('stage-second', HTMLButtonElement)
  #waiting = byId('stage-queue-title', HTMLElement)
  #ask
  #speakers
  #queue
  /** @type {{ label: string, type: string }[]} */
  #actions = []

  /** @param {(command: Parameters<Ask>[0]) => void} ask */
  constructor(ask) {
    this.#ask = ask
    const list = (/** @type {string} */ id) =>
      new KeyedList(
        byId(id, HTMLElement),
        (/** @type {Line} */ { userId }) => userId,
        () => this.#entry(),
      )
    this.#speakers = list('stage-speakers')
    this.#queue = list('stage-queue')
    for (const [index, button] of [this.#first, this.#second].entries()) {
      button.addEventListener('click', () => this.#actions[index] && ask({ type: this.#actions[index].type }))
    }
  }

  /** @param {Call} call */
  update({ roster, own }) {
    const { stage, room, participants } = roster
    this.#section.hidden = stage === null
    if (!stage || !own) return
    const { place, position } = placeOf(stage, own.user_id)
    const manages = may(room, own, 'manage_stage')
    this.#actions =
      place === 'none' && manages ? [{ label: 'Go on stage', type: 'request_to_speak' }] : (ownActions[place] ?? [])
    for (const [index, button] of [this.#first, this.#second].entries()) {
      setText(button, this.#actions[index]?.label ?? '')
    }
    setText(this.#count, `(${stage.speakers.length} of ${stage.seats})`)
    setText(this.#own, ownPlace(place, position))

    const names = new Map(Array.from(participants.values(), (one) => [String(one.user_id), one]))
    const line = (/** @type {string} */ userId, /** @type {Line['action']} */ action) => {
      const person = names.get(userId)
      const isOwn = userId === own.user_id
      const name = `${person?.username ?? userId}${isOwn ? ' (you)' : ''}`
      return { userId, name, role: person?.role ?? 'member', action: manages && !isOwn ? action : null }
    }
    const down = (/** @type {string} */ name) => ({
      ...{ label: 'Take off stage', spoken: `Take ${name} off the stage`, type: 'remove_from_stage' },
    })
    const up = (/** @type {string} */ name) => ({
      ...{ label: 'Bring on stage', spoken: `Bring ${name} on stage`, type: 'invite_to_stage' },
    })
    const nameOf = (/** @type {string} */ id) => names.get(id)?.username ?? id
    this.#speakers.show(stage.speakers.map((id) => line(id, down(nameOf(id)))))
    this.#queue.show(stage.queue.map((id) => line(id, up(nameOf(id)))))
    setText(this.#waiting, stage.queue.length > 0 ? `Waiting to speak (${stage.queue.length})` : '')
  }

  #entry() {
    /** @type {Line | null} */
    let shown = null
    const name = element('span', 'name')
    const button = smallButton('', () => {
      if (shown?.action) this.#ask({ type: shown.action.type, target_user_id: shown.userId })
    })
    return {
      element: element('li', 'line', name, button),
      show: (/** @type {Line} */ line) => {
        shown = line
        setText(name, line.name)
        setButton(button, line.action?.label ?? '', line.action?.spoken)
      },
    }
  }
}

/**
 * @param {string} place
 * @param {number | null} position
 */
function ownPlace(place, position) {
  if (place === 'stage') return 'You are on stage: everybody hears you.'
  if (place === 'invited') return 'You are invited to speak.'
  if (place === 'queue') return `Your hand is raised. You are ${ordinal(position ?? 1)} in the queue.`
  return 'You listen.'
}
