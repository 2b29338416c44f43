// @ts-check
import { guestToken, listZones, readConfig, readZone } from './gateway-api.js'
import { KeyedList } from './keyed-list.js'
import { byId, element, setText } from './page-elements.js'
import { VoiceClient } from './voice-client.js'
import { errorInWords } from './words.js'
import { ZoneMap } from './zone-map.js'
import { wayTo } from './zone-scale.js'
import { ZoneStay } from './zone-stay.js'
import { isWalkingKey } from './zone-walk.js'

/** A level above this is drawn as a voice. */
const loudLevel = 0.02
/** The list is for reading, the map is for looking at. Ms. */
const listEveryMs = 500
/** Around the middle of a zone, m, so that those who come in do not stand on each other. */
const spreadM = 10

const config = readConfig(location)
const query = new URLSearchParams(location.search)
const lobby = byId('lobby', HTMLFormElement)
const inside = byId('inside', HTMLElement)
const notice = byId('notice', HTMLElement)
const nameField = byId('name', HTMLInputElement)
const zoneField = byId('zone-id', HTMLInputElement)
const tokenField = byId('token', HTMLTextAreaElement)
const choice = byId('zone-choice', HTMLSelectElement)
const enterButton = byId('enter', HTMLButtonElement)
const muteButton = byId('self-mute', HTMLButtonElement)
const canvas = byId('map', HTMLCanvasElement)

/** @typedef {import('./zone-stay.js').Person} Person */

/** @type {ZoneStay | null} */
let stay = null
/** @type {VoiceClient | null} */
let client = null
/** The guest token of the last entry, for as long as the name stays: coming in again is then the same person. */
let guest = { name: '', token: '' }
let isMuted = false
let listedAtMs = -Infinity

const map = new ZoneMap(canvas, (point, runs) => walkTo(point, runs))
const list = new KeyedList(
  byId('people', HTMLElement),
  (/** @type {Person} */ { player }) => String(player),
  () => {
    const row = element('li', '')
    return {
      element: row,
      show: ({ name, distanceM, place, isAudible }) => {
        const way = stay ? wayTo(stay.place, place) : ''
        setText(row, `${name}, ${Math.round(distanceM)} m ${way}${isAudible ? ', heard' : ''}`)
      },
    }
  },
)

async function enter() {
  setText(notice, '')
  enterButton.disabled = true
  const name = nameField.value.trim() || 'Guest'
  const zoneId = zoneField.value.trim().toLowerCase()
  try {
    const { wsUrl } = await config
    const token = tokenField.value.trim() || (await tokenFor(name))
    const start = await startIn(token, zoneId)
    client = new VoiceClient({ url: wsUrl, token, listener: { onMode: showMode } })
    const entering = new ZoneStay({ client, zoneId, name, start, onEnded: ended })
    stay = entering
    await client.connect()
    await entering.begin()
    lobby.hidden = true
    inside.hidden = false
    setText(byId('zone-title', HTMLElement), entering.entered?.name ?? 'Zone')
    showMuted(false)
    canvas.focus()
    requestAnimationFrame(draw)
  } catch (error) {
    ended(errorInWords(error))
  } finally {
    enterButton.disabled = false
  }
}

/** @param {string} name */
async function tokenFor(name) {
  if (guest.name !== name) guest = { name, token: (await guestToken(name)).token }
  return guest.token
}

/**
 * Where one comes in: where the link says, else near the middle.
 * @param {string} token
 * @param {string} zoneId
 */
async function startIn(token, zoneId) {
  const { bounds } = await readZone(token, zoneId)
  const near = (/** @type {string} */ name, /** @type {number} */ side) =>
    query.has(name)
      ? Math.min(side - 0.1, Math.max(0, Number(query.get(name)) || 0))
      : side / 2 + (Math.random() - 0.5) * spreadM
  return { x: near('x', bounds.width_m), y: near('y', bounds.height_m) }
}

/**
 * @param {{ x: number, y: number }} point
 * @param {boolean} runs
 */
function walkTo({ x, y }, runs) {
  stay?.walk?.run(runs)
  stay?.walk?.to(x, y)
}

function draw() {
  const { entered } = stay ?? {}
  if (!stay || !entered) return
  const people = stay.people()
  const drawn = people.map(({ player, place, name, isAudible }) => ({
    ...{ x: place.x, y: place.y, name, isAudible },
    isLoud: isAudible && (stay?.levelOf(player) ?? 0) > loudLevel,
  }))
  map.draw(stay.place, entered, drawn)
  const nowMs = performance.now()
  if (nowMs - listedAtMs > listEveryMs) {
    listedAtMs = nowMs
    list.show(people)
    setText(byId('people-count', HTMLElement), String(people.length))
    const { muted, deafened } = stay.sanctions
    const holds = [muted ? 'muted' : '', deafened ? 'deafened' : ''].filter(Boolean).join(' and ')
    setText(byId('zone-hint', HTMLElement), holds ? `A moderator has you ${holds}.` : '')
    const { problem } = stay.microphone
    setText(byId('microphone-notice', HTMLElement), problem ? `You have no microphone here. ${problem}` : '')
    setText(byId('sound-notice', HTMLElement), stay.isHeldBack ? 'Touch the page to hear the others.' : '')
  }
  requestAnimationFrame(draw)
}

/** @param {boolean} muted */
function showMuted(muted) {
  isMuted = muted
  setText(muteButton, muted ? 'Turn my microphone on' : 'Turn my microphone off')
  stay?.microphone.open(!muted)
}

/** @param {string} why In words. */
function ended(why) {
  client?.close()
  client = null
  stay = null
  lobby.hidden = false
  inside.hidden = true
  setText(notice, why)
}

/**
 * @param {import('./voice-client.js').Mode} mode
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
}

async function leave() {
  const left = stay
  await left?.leave()
  if (stay === left) ended('')
}

/** Lists the newest open zones; who has no token yet sees them by a guest's. */
async function showZones() {
  const token = tokenField.value.trim() || (await tokenFor(nameField.value.trim() || 'Guest'))
  const { zones } = await listZones(token, null)
  const options = zones.map(({ zone_id: id, name }) => new Option(name, id))
  choice.replaceChildren(new Option(zones.length > 0 ? 'Choose one' : 'There is none', ''), ...options)
}

lobby.addEventListener('submit', (event) => {
  event.preventDefault()
  void enter()
})
choice.addEventListener('change', () => (zoneField.value = choice.value))
tokenField.addEventListener('change', () => void showZones().catch((error) => setText(notice, errorInWords(error))))
byId('leave', HTMLButtonElement).addEventListener('click', () => void leave())
muteButton.addEventListener('click', () => showMuted(!isMuted))
const writes = (/** @type {EventTarget | null} */ target) =>
  target instanceof HTMLElement && target.matches('input, select, textarea')
window.addEventListener('keydown', (event) => {
  stay?.walk?.run(event.shiftKey)
  if (!stay?.walk || !isWalkingKey(event.code) || writes(event.target)) return
  // No shortcut of the browser, and no scrolling.
  if (event.ctrlKey || event.metaKey || event.altKey) return
  event.preventDefault()
  stay.walk.key(event.code, true)
})
window.addEventListener('keyup', ({ code, shiftKey }) => {
  stay?.walk?.run(shiftKey)
  stay?.walk?.key(code, false)
})
window.addEventListener('blur', () => stay?.walk?.rest())
for (const touch of ['pointerdown', 'keydown']) window.addEventListener(touch, () => stay?.touched())

/**
 * The page's door for debugging and for browser tests: one's number (0 outside of a zone) and place, a run to a place, the names and places in
 * earshot, the links, and the number of sockets made so far.
 */
const door = {
  number: () => stay?.entered?.player ?? 0,
  place: () => stay?.place ?? null,
  walkTo: (/** @type {number} */ x, /** @type {number} */ y) => walkTo({ x, y }, true),
  heard: () => stay?.people() ?? [],
  links: () => stay?.links() ?? [],
  socketId: () => client?.socketsMade ?? 0,
}
Object.assign(window, { zoneDemo: door })

/** `?name=` and `?zone=` fill the form in, `?x=` and `?y=` say where to come in; `?auto=1` sends it off. */
async function begin() {
  nameField.value = query.get('name') ?? nameField.value
  zoneField.value = query.get('zone') ?? ''
  const { development } = await config
  if (!development) {
    byId('token-fields', HTMLDetailsElement).open = true
    setText(byId('token-hint', HTMLElement), 'This gateway gives no tokens to guests: paste one of your service.')
    tokenField.required = true
  }
  if (query.get('auto') === '1') await enter()
  else if (development) await showZones()
}

void begin().catch((error) => setText(notice, errorInWords(error)))
