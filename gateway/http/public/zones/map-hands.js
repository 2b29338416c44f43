// @ts-check

/** @typedef {import('./zone-map.js').ZoneMap} ZoneMap */

const stepPx = 60
const factor = 1.4

/** @type {Record<string, (map: ZoneMap) => void>} */
const keys = {
  ArrowLeft: (map) => map.move(stepPx, 0),
  ArrowRight: (map) => map.move(-stepPx, 0),
  ArrowUp: (map) => map.move(0, stepPx),
  ArrowDown: (map) => map.move(0, -stepPx),
  '+': (map) => map.zoom(factor),
  '=': (map) => map.zoom(factor),
  '-': (map) => map.zoom(1 / factor),
  0: (map) => map.fit(),
}

/**
 * Lets the map be moved by dragging and arrows, and zoomed by the wheel, keys and buttons.
 * @param {HTMLCanvasElement} canvas
 * @param {ZoneMap} map
 * @param {{ zoomIn: HTMLElement, zoomOut: HTMLElement, fit: HTMLElement }} buttons
 */
export function handle(canvas, map, { zoomIn, zoomOut, fit }) {
  zoomIn.addEventListener('click', () => map.zoom(factor))
  zoomOut.addEventListener('click', () => map.zoom(1 / factor))
  fit.addEventListener('click', () => map.fit())
  canvas.addEventListener('keydown', (event) => {
    const act = keys[event.key]
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    act(map)
  })
  canvas.addEventListener('pointerdown', ({ pointerId }) => canvas.setPointerCapture(pointerId))
  canvas.addEventListener('pointermove', (event) => {
    if (canvas.hasPointerCapture(event.pointerId)) map.move(event.movementX, event.movementY)
  })
  canvas.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault()
      map.zoom(Math.exp(-event.deltaY / 500), { x: event.offsetX, y: event.offsetY })
    },
    { passive: false },
  )
}
