// @ts-check
import { Call } from './call.js'
import { EventLog, describe } from './event-log.js'
import {
  acceptInvite,
  createRoom,
  guestToken,
  linkedRooms,
  listInvites,
  readConfig,
  revokeInvite,
  updateRoom,
} from './gateway-api.js'
import { readLink } from './links.js'
import { Lobby } from './lobby.js'
import { byId, setText } from './page-elements.js'
import { emptyRoster } from './roster.js'
import { RoomPage } from './room-page.js'
import { VoiceClient } from './voice-client.js'
import { endings, errorInWords, hintInWords } from './words.js'

/** @typedef {import('./lobby.js').Wish} Wish */
/** @typedef {import('./voice-client.js').Mode} Mode */

const log = new EventLog(byId('log', HTMLElement))
const notice = byId('notice', HTMLElement)
const lobby = new Lobby((wish) => void enter(wish))
const page = new RoomPage({
  leave: () => void leave(),
  broadcast: () => done(broadcast),
  ask: (command) => done((room) => room.client.ask(room.roomId, command)),
  change: (changes) => done((room) => updateRoom(token, room.roomId, changes)),
  invites: {
    make: async (fields) => {
      const reply = await inRoom().client.ask(inRoom().roomId, { type: 'create_invite', ...fields })
      return /** @type {{ token: string }} */ (reply.value)
    },
    list: () => listInvites(token, inRoom().roomId),
    revoke: (inviteId) => revokeInvite(token, inRoom().roomId, inviteId),
  },
})
const config = readConfig(location)

/** @type {Call | null} */
let call = null
/** The guest token of the last entry, for as long as the name stays: coming in again is then the same person. */
let guest = { name: '', token: '' }
/** Of the stay that there is, or was last. */
let token = ''
/** The client of the stay before, for as long as it takes leave. @type {VoiceClient | null} */
let leaving = null
let socketsMade = 0
let wasLost = false

/** @param {Wish} wish */
async function enter(wish) {
  setText(notice, '')
  lobby.setBusy(true)
  // A leave that is tried again behind the new join would take the new seat.
  leaving?.close()
  /** @type {VoiceClient | null} */
  let client = null
  try {
    const { wsUrl } = await config
    token = wish.token || (await tokenFor(wish.name))
    const roomId = await roomOf(wish)
    location.hash = roomId
    lobby.fill({ roomId })
    client = new VoiceClient({ url: wsUrl, token, openSocket, listener: { onMode: showMode } })
    call = newCall(client, roomId)
    await client.connect()
    await client.join(roomId, { username: wish.name, ...(wish.password ? { password: wish.password } : {}) })
    lobby.show(false)
    page.show(call, { gateway: new URL(wsUrl).host })
    log.add(`You joined "${call.roster.room?.name}"`)
  } catch (error) {
    endCall()
    client?.close()
    refused(error)
  } finally {
    lobby.setBusy(false)
  }
}

/** @param {string} name */
async function tokenFor(name) {
  if (guest.name !== name) guest = { name, token: (await guestToken(name)).token }
  return guest.token
}

/**
 * The room to join: a new one, the one of an invite, or the one that was named.
 * @param {Wish} wish
 */
async function roomOf({ roomId, invite, room }) {
  if (room) {
    const made = await createRoom(token, room)
    log.add(`The room "${made.name}" was made`)
    return made.room_id
  }
  if (!invite) return roomId
  const accepted = await acceptInvite(token, invite)
  log.add(`You accepted an invite, as ${accepted.role}`)
  return accepted.room_id
}

/** @param {string} url */
function openSocket(url) {
  socketsMade += 1
  return new WebSocket(url)
}

/**
 * @param {VoiceClient} client
 * @param {string} roomId
 */
function newCall(client, roomId) {
  return new Call({
    client,
    roomId,
    listener: {
      onChange: () => page.update(),
      onSilenced: () => page.offerSound(),
      onHint: (frame) => {
        page.notices.hint(hintInWords(frame))
        log.add(hintInWords(frame))
      },
      onRoomEnding: (endsAt) => {
        const words = `The room ends at ${new Date(endsAt).toLocaleTimeString([], { timeStyle: 'short' })}.`
        page.notices.hint(words)
        log.add(words)
      },
      onEnded: (reason) => ended(reason),
      onEpoch: (epoch, before) => {
        page.update()
        if (before === 0) return
        page.flashEpoch()
        log.add(`The room has a new owner: epoch ${before} became ${epoch}`)
      },
      onEvent: (event, before, after) => {
        const text = describe(event, before, after)
        if (text !== null) log.add(text)
      },
    },
  })
}

/**
 * Turns speaking into linked rooms on or off.
 * @param {Call} stay
 */
async function broadcast({ roomId, broadcast: linked }) {
  if (!linked.isOn) {
    const { rooms } = await linkedRooms(token, roomId)
    if (rooms.length === 0) throw new Error('No room is linked to this one.')
    await linked.enter(rooms)
  }
  await linked.turn(!linked.isOn)
}

async function leave() {
  const left = call
  if (!left) return
  endCall()
  log.add('You left the room')
  leaving = left.client
  await left.client.leave(left.roomId).catch(() => undefined)
  left.client.close()
}

/** @param {string} reason */
function ended(reason) {
  const { client } = call ?? {}
  endCall()
  client?.close()
  setText(notice, endings[reason] ?? 'Your seat in the room has ended.')
  log.add(notice.textContent ?? '')
}

function endCall() {
  call?.end()
  call = null
  page.show(null)
  lobby.show(true)
  showMode('idle')
}

/** The stay that there is; fails outside of a room. */
function inRoom() {
  if (!call) throw new Error('You are not in a room.')
  return call
}

/**
 * Asks the room for something.
 * @param {(call: Call) => Promise<unknown>} ask
 * @returns {Promise<string | null>} Null once it is done, else why not, in words.
 */
async function done(ask) {
  try {
    await ask(inRoom())
    return null
  } catch (error) {
    const words = errorInWords(error)
    log.add(`Refused: ${words}`)
    return words
  }
}

/** @param {unknown} error */
function refused(error) {
  const words = errorInWords(error)
  setText(notice, words)
  log.add(words)
  const { code } = /** @type {{ code?: string }} */ (error)
  if (code === 'PASSWORD_REQUIRED' || code === 'PASSWORD_WRONG') lobby.askForPassword()
}

/**
 * @param {Mode} mode
 * @param {string} [detail]
 */
function showMode(mode, detail) {
  const words = {
    idle: 'Not connected',
    connecting: 'Connecting …',
    open: 'Connected',
    waiting: `Connection lost, trying again in ${detail}`,
    closed: 'Not connected',
  }
  byId('connection', HTMLElement).dataset.mode = mode
  setText(byId('connection-text', HTMLElement), words[mode])
  if (mode === 'waiting') log.add(words.waiting)
  if (mode === 'open' && wasLost) log.add('Connected again')
  wasLost = mode === 'waiting' || (wasLost && mode === 'connecting')
  if (mode === 'closed' && call) {
    endCall()
    setText(notice, detail ?? words.closed)
  }
}

/**
 * The page's door for debugging and for browser tests.
 *
 * - `client`, `mesh`: the VoiceClient and the Mesh of the room one is in, else null. `client.mute(roomId, userId,
 *   seconds?)` and the like answer with the room's `reply` frame, which names the epoch that answered.
 * - `roomId()`, `sessionId()`: where one is, as whom; empty strings outside of a room.
 * - `roster()`: the participants as the server's views, in the order of the room.
 * - `stats()`: per link, what getStats says of the audio that comes in, and the link's state.
 * - `socketId()`: grows with each WebSocket that the page makes; unchanged means it is still the same socket.
 * - `epoch()`: the highest epoch of the room heard of; 0 outside of one.
 */
const door = {
  get client() {
    return call?.client ?? null
  },
  get mesh() {
    return call?.mesh ?? null
  },
  roomId: () => call?.roomId ?? '',
  sessionId: () => call?.sessionId ?? '',
  roster: () => [...(call?.roster ?? emptyRoster).participants.values()],
  stats: () => call?.mesh.stats() ?? Promise.resolve([]),
  socketId: () => socketsMade,
  epoch: () => call?.epoch ?? 0,
}
Object.assign(window, { voiceDemo: door })

/** `?name=` and `?room=` (or the part behind `#`) fill the form in; `?auto=1` sends it off. */
async function begin() {
  const query = new URLSearchParams(location.search)
  const { roomId, invite } = readLink(location.hash)
  lobby.fill({ name: query.get('name'), roomId: query.get('room') ?? roomId, invite })
  const { development } = await config
  if (!development) lobby.requireToken()
  if (query.get('auto') === '1') await enter(lobby.wish())
}

window.addEventListener('hashchange', () => {
  if (!call) lobby.fill(readLink(location.hash))
})
// Best effort, so that the others do not look at an empty seat until it lapses.
window.addEventListener('pagehide', () => void call?.client.leave(call.roomId).catch(() => undefined))
// The space bar is the key to talk, but where it presses a button or writes.
const isKeyToTalk = (/** @type {KeyboardEvent} */ { code, target }) =>
  code === 'Space' && !(target instanceof HTMLElement && target.matches('button, input, select, textarea'))
window.addEventListener('keydown', (event) => {
  if (!call?.asksForKey || !isKeyToTalk(event)) return
  event.preventDefault()
  call.holdKey(true)
})
window.addEventListener('keyup', ({ code }) => {
  if (code === 'Space') call?.holdKey(false)
})
window.addEventListener('blur', () => call?.holdKey(false))
for (const touch of ['pointerdown', 'keydown']) window.addEventListener(touch, () => call?.touched())

void begin()
