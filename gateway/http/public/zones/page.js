// @ts-check
import { listZones, readShards } from '../gateway-api.js'
import { byId, element, setText } from '../page-elements.js'
import { handle } from './map-hands.js'
import { RegionRows, whole } from './region-rows.js'
import { TickHistory } from './tick-history.js'
import { ZoneMap } from './zone-map.js'
import { ZonePoll } from './zone-poll.js'
import { zoneErrorInWords } from './zone-words.js'

/** @typedef {import('../../../../protocol/http/zones.ts').ShardsBody} Shards */

const [notice, connection] = [byId('notice', HTMLElement), byId('connection', HTMLElement)]
const [token, zone] = [byId('token', HTMLInputElement), byId('zone', HTMLSelectElement)]
const [list, more] = [byId('list', HTMLButtonElement), byId('more', HTMLButtonElement)]
const watched = byId('watched', HTMLElement)
const canvas = byId('map', HTMLCanvasElement)

/** Colours as the style sheet has them now: the window's scheme may change. */
let colours = readColours()
const map = new ZoneMap(canvas, () => colours)
const history = new TickHistory()
const rows = new RegionRows(byId('regions', HTMLElement), history, () => ({
  bar: colours.line,
  line: colours.text,
  dear: colours.danger,
}))
const poll = new ZonePoll({
  read: readShards,
  onShards: show,
  onError: (error, isFinal) => {
    setText(notice, zoneErrorInWords(error))
    showMode(isFinal ? 'closed' : 'waiting')
  },
  isSeen: () => !document.hidden,
})
/** Of the page of zones behind those that are listed. @type {string | null} */
let cursor = null

const modes = { idle: 'Not watching', connecting: 'Asking', open: 'Live', waiting: 'Trying again', closed: 'Stopped' }

/** @param {keyof typeof modes} mode */
function showMode(mode) {
  connection.dataset['mode'] = mode
  setText(byId('connection-text', HTMLElement), modes[mode])
}

/** @param {Shards} shards */
function show(shards) {
  setText(notice, '')
  showMode('open')
  watched.hidden = false
  history.note(shards.regions)
  rows.show(shards.regions)
  map.show(shards)
  const silent = shards.regions.filter(({ shard }) => !shard).length
  setText(byId('fact-players', HTMLElement), whole(shards.players))
  setText(
    byId('fact-regions', HTMLElement),
    `${shards.regions.length}${silent > 0 ? `, ${silent} without an answer` : ''}`,
  )
  setText(byId('fact-map', HTMLElement), String(shards.map_version))
  setText(byId('fact-plan', HTMLElement), String(shards.plan_version))
  setText(byId('fact-drawn', HTMLElement), `${map.drawn.ms.toFixed(1)} ms`)
}

/** Lists zones, from the newest on or behind those that are listed, and watches the one that the address names. */
async function fill() {
  setText(notice, '')
  list.disabled = true
  try {
    const page = await listZones(token.value.trim(), cursor)
    if (cursor === null) zone.replaceChildren(element('option', '', ''))
    for (const { zone_id: id, name, regions } of page.zones) {
      const option = element(
        'option',
        '',
        `${name} (${regions === 1 ? '1 region' : `${regions} regions`}) ${id.slice(0, 8)}`,
      )
      option.value = id
      zone.append(option)
    }
    zone.disabled = false
    cursor = page.next_cursor
    more.hidden = cursor === null
    if (zone.options.length <= 1) setText(notice, 'There is no open zone.')
  } catch (error) {
    setText(notice, zoneErrorInWords(error))
  } finally {
    list.disabled = false
  }
}

/** @param {string} zoneId */
function watch(zoneId) {
  poll.stop()
  map.clear()
  history.clear()
  setText(notice, '')
  watched.hidden = true
  showMode(zoneId ? 'connecting' : 'idle')
  location.hash = zoneId
  setText(byId('zone-name', HTMLElement), zone.selectedOptions[0]?.textContent || zoneId || 'Zone')
  if (zoneId) poll.follow(token.value.trim(), zoneId)
}

function readColours() {
  const style = getComputedStyle(document.documentElement)
  const of = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim()
  return { text: of('text'), soft: of('field'), danger: of('danger'), line: of('field'), card: of('card') }
}

handle(canvas, map, {
  zoomIn: byId('zoom-in', HTMLElement),
  zoomOut: byId('zoom-out', HTMLElement),
  fit: byId('fit', HTMLElement),
})
byId('choice', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault()
  cursor = null
  const named = location.hash.slice(1)
  void fill().then(() => {
    if (!named) return
    zone.value = named
    watch(named)
  })
})
more.addEventListener('click', () => void fill())
zone.addEventListener('change', () => watch(zone.value))
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  colours = readColours()
  map.refresh()
})

// For tests and the curious.
Object.assign(window, { zoneMap: { drawn: () => map.drawn } })
