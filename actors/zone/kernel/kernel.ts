import { kernelCode } from './code.ts'
import { layOut, type EngineSize, type KernelColumns } from './layout.ts'

/** What `assembly/` exports: the loops of a tick that run over pairs. Their comments say what they do. */
export interface KernelCode {
  readonly bind: (list: number) => void
  readonly setSizes: (capacity: number, rowLength: number) => void
  readonly setReckoning: (
    error0: number,
    error1: number,
    error2: number,
    least: number,
    ticks: number,
    perTick: number,
  ) => void
  readonly reckon: (top: number, tick: number, allowed: number) => void
  readonly setLayer: (layer: number, cell: number, range: number) => void
  readonly setNear: (cells: number, rows: number, nowhere: number) => void
  readonly setTiers: (first: number, second: number, band: number, edgeFactor: number) => void
  readonly setSpeech: (holdTicks: number, fadeTicks: number, silence: number) => void
  readonly setFineGrids: (entries: number, cells: number, ofAll: number, ofSpeakers: number, range: number) => void
  readonly fineCells: () => number
  readonly setCrowd: (most: number, mostSpeakers: number, stickyFactor: number, edgeFactor: number) => void
  readonly setCrowdScale: (share: number) => void
  readonly tierBetween: (listener: number, peer: number) => number
  readonly setCalm: (most: number) => void
  readonly beginTick: (tick: number, slots: number, isHalf: number) => void
  readonly next: () => number
  readonly setMost: (slots: number) => void
  readonly setRanking: (
    edgeFactor: number,
    stickyFactor: number,
    cells: number,
    slots: number,
    dwellTicks: number,
    pauseTicks: number,
  ) => void
}

const pageBytes = 65_536

const module = new WebAssembly.Module(Buffer.from(kernelCode, 'base64'))

/**
 * The columns of an engine in a memory of their own, and the code that runs over them. The memory never grows, so that views of it
 * hold; what nobody has written to yet takes no room.
 */
export class Kernel {
  readonly columns: KernelColumns
  readonly code: KernelCode
  readonly #bytes: number

  constructor(size: EngineSize) {
    const layout = layOut(size)
    const pages = Math.ceil(layout.bytes / pageBytes)
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages })
    this.columns = layout.on(memory.buffer)
    this.#bytes = layout.bytes - this.columns.fineStart.byteLength
    this.code = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as KernelCode
    new Uint32Array(memory.buffer, 0, layout.addresses.length).set(layout.addresses)
    this.code.bind(0)
    this.code.setSizes(size.capacity, size.rowLength)
  }

  /** What the columns take, B: the grids of crowds as far as there ever was one. */
  get bytes(): number {
    return this.#bytes + this.code.fineCells() * 2 * Uint32Array.BYTES_PER_ELEMENT
  }
}
