// @ts-check
import { KeyedList } from '../keyed-list.js'
import { element, setText } from '../page-elements.js'
import { dearMs, drawHistory } from './tick-history.js'
import { rungInWords } from './zone-words.js'

/** @typedef {import('../../../../protocol/http/zones.ts').ShardsBody['regions'][number]} Region */

const historyPx = { width: 240, height: 48 }

/** The table of regions: one row each, kept while the region is there. */
export class RegionRows {
  #list

  /**
   * @param {HTMLElement} body
   * @param {import('./tick-history.js').TickHistory} history
   * @param {() => { bar: string, line: string, dear: string }} colours
   */
  constructor(body, history, colours) {
    this.#list = new KeyedList(
      body,
      (/** @type {Region} */ { region }) => String(region),
      () => newRow(history, colours),
    )
  }

  /** @param {readonly Region[]} regions */
  show(regions) {
    this.#list.show(regions)
  }
}

/**
 * @param {import('./tick-history.js').TickHistory} history
 * @param {() => { bar: string, line: string, dear: string }} colours
 */
function newRow(history, colours) {
  const names = ['area', 'node', 'epoch', 'players', 'ghosts', 'mean', 'p95']
  const head = element('th', '')
  head.scope = 'row'
  const cells = names.map(() => element('td', ''))
  const picture = element('canvas', '')
  Object.assign(picture, historyPx)
  picture.setAttribute('aria-hidden', 'true')
  const [sheds, borders] = [element('td', ''), element('td', '')]
  const row = element('tr', '', head, ...cells, element('td', '', picture), sheds, borders)
  return {
    element: row,
    show: (/** @type {Region} */ region) => {
      const { shard } = region
      row.dataset['region'] = String(region.region)
      row.dataset['state'] = shard ? 'answers' : 'silent'
      setText(head, String(region.region))
      cellsOf(region).forEach((text, index) => {
        const cell = cells[index]
        if (!cell) return
        cell.dataset['field'] = names[index] ?? ''
        setText(cell, text)
        cell.dataset['state'] = names[index] === 'p95' && (shard?.tick_p95_ms ?? 0) > dearMs ? 'high' : ''
      })
      setText(sheds, shard ? rungInWords(shard.rung) : '–')
      setText(borders, region.neighbours.join(', ') || 'none')
      drawHistory(picture, history.of(region.region), colours())
    },
  }
}

/** @param {Region} region */
function cellsOf({ bounds: { left, bottom, right, top }, shares, shard }) {
  const area = `${left}–${right} × ${bottom}–${top}${shares > 1 ? `, 1 of ${shares}` : ''}`
  if (!shard) return [area, 'no answer', '–', '–', '–', '–', '–']
  const { node, epoch, players, ghosts, tick_mean_ms: mean, tick_p95_ms: p95 } = shard
  return [area, node, String(epoch), whole(players), whole(ghosts), mean.toFixed(1), p95.toFixed(1)]
}

/** @param {number} count */
export const whole = (count) => count.toLocaleString('en')
