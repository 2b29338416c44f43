/** Kernels read four entries at a time, and past the last one. */
export const spare = 16

/** Cells of the table of gains, and one for the edge. */
const gains = 1025

/** What an engine and its kernel both see, a column each. Names and order are those of `assembly/columns.ts`. */
export interface KernelColumns {
  /** x, y, z and the square of the range, side by side: who looks at one looks at all four. Whole numbers, exact. */
  readonly place: Float32Array
  readonly kind: Uint8Array
  readonly stance: Uint8Array
  readonly speakMask: Uint32Array
  readonly hearMask: Uint32Array
  readonly party: Uint32Array
  /** Rings of the members of a party: the next one, themselves for a party of one. */
  readonly partyNext: Uint16Array
  /** The last tick at which they spoke; far in the past for never. */
  readonly spokeAt: Int32Array
  /** vx, vy in eighths of a metre a second. */
  readonly velocity: Int8Array
  /** For how many more ticks their masks are looked at, and listeners told of them anew, after something changed. */
  readonly renewed: Uint8Array
  /** What listeners think where somebody is, by slot and tier: see dead-reckoning.ts. */
  readonly told: Float32Array
  readonly toldVelocity: Int8Array
  readonly toldAt: Uint16Array
  readonly settled: Uint8Array
  /** What is new of a slot in this tick: see dead-reckoning.ts. */
  readonly pulse: Uint16Array
  /** What somebody's speech weighs at this tick. */
  readonly weight: Float32Array
  /** The grids of a tick, by stance, and everybody's place in the order of their cells: see `assembly/near.ts`. */
  readonly layer: Uint32Array
  readonly cellStart: Uint32Array
  readonly nearAt: Uint32Array
  readonly near: Float32Array
  readonly nearSlot: Uint16Array
  readonly nearMarked: Int32Array
  /** Who comes into earshot of the listener who was looked at last. */
  readonly foundSlot: Uint16Array
  readonly foundSquare: Float32Array
  readonly foundTier: Uint8Array
  /** 1 for who has too many around: whom they hear is searched for ring by ring. */
  readonly crowd: Uint8Array
  /** The grids of crowds, and the search in them: see `assembly/fine-grid.ts` and `assembly/nearest.ts`. */
  readonly fine: Uint32Array
  readonly fineX: Float32Array
  readonly fineY: Float32Array
  readonly fineZ: Float32Array
  readonly fineRange: Float32Array
  readonly fineMask: Uint32Array
  readonly fineSlot: Uint16Array
  readonly fineCell: Uint32Array
  readonly met: Uint32Array
  readonly chosenSlot: Uint16Array
  readonly heapScore: Float64Array
  readonly heapSlot: Uint16Array
  /** The alias that was given out last, by listener. */
  readonly lastAlias: Uint8Array
  /** Who is in earshot of whom: see earshot-rows.ts. */
  readonly rowMembers: Uint8Array
  readonly row: Uint32Array
  /** The entries of who leaves it. */
  readonly leaveAt: Int32Array
  /** What is new for the listener who was looked at last, and how much of each: see changes.ts. */
  readonly counts: Uint8Array
  readonly enterAlias: Uint8Array
  readonly enterPeer: Uint16Array
  readonly enterTier: Uint8Array
  readonly leaveAlias: Uint8Array
  readonly renewAlias: Uint8Array
  readonly renewPeer: Uint16Array
  readonly renewTier: Uint8Array
  readonly updateAlias: Uint8Array
  readonly updatePeer: Uint16Array
  readonly updateTier: Uint8Array
  /** Gain by the square of the distance as a share of the edge's: `gainTable`. */
  readonly gain: Float32Array
  /** Ranks of those in a row; the same of who holds no media slot, else -1, and of who may lose theirs; which slot + 1 they hold. */
  readonly score: Float32Array
  readonly free: Float32Array
  readonly losable: Float32Array
  readonly holds: Uint8Array
  /** Media slots: see audible.ts. */
  readonly slotTaken: Uint32Array
  readonly slotSince: Uint16Array
  readonly slotHeld: Uint8Array
  readonly slotLinked: Uint16Array
  readonly slotIndex: Uint8Array
  readonly slotAlias: Uint8Array
  /** Of use to the kernel alone. */
  readonly lanes: Float32Array
  /** Last: the cells that no crowd has reached are never touched. */
  readonly fineStart: Uint32Array
}

type Column = Float64Array | Float32Array | Uint32Array | Int32Array | Uint16Array | Uint8Array | Int8Array
interface Kind {
  readonly BYTES_PER_ELEMENT: number
  new (buffer: ArrayBuffer, at: number, length: number): Column
}

/** More than a row or the media slots of a listener hold. */
const listed = 128

/** How large an engine is: slots, cells of all its grids and places in them, cells of each grid of crowds, entries of a row, media slots of a listener. */
export interface EngineSize {
  readonly capacity: number
  readonly cells: number
  readonly places: number
  readonly fineCells: number
  readonly rowLength: number
  readonly mediaSlots: number
}

/** Every column with its kind and length, in the order of the addresses that `bind` takes. */
function lengthsOf(size: EngineSize): Record<keyof KernelColumns, readonly [Kind, number]> {
  const { capacity, cells, places, fineCells, rowLength, mediaSlots } = size
  const entries = capacity * rowLength + spare
  const fine = 2 * (capacity + spare)
  return {
    place: [Float32Array, capacity * 4],
    kind: [Uint8Array, capacity],
    stance: [Uint8Array, capacity],
    speakMask: [Uint32Array, capacity],
    hearMask: [Uint32Array, capacity],
    party: [Uint32Array, capacity],
    partyNext: [Uint16Array, capacity],
    spokeAt: [Int32Array, capacity],
    velocity: [Int8Array, capacity * 2],
    renewed: [Uint8Array, capacity],
    told: [Float32Array, capacity * 12],
    toldVelocity: [Int8Array, capacity * 8],
    toldAt: [Uint16Array, capacity * 4],
    settled: [Uint8Array, capacity],
    pulse: [Uint16Array, capacity + spare],
    weight: [Float32Array, capacity],
    layer: [Uint32Array, 3 * 12],
    cellStart: [Uint32Array, cells + spare],
    nearAt: [Uint32Array, capacity],
    near: [Float32Array, places * 4],
    nearSlot: [Uint16Array, places],
    nearMarked: [Int32Array, places],
    foundSlot: [Uint16Array, listed],
    foundSquare: [Float32Array, listed],
    foundTier: [Uint8Array, listed],
    crowd: [Uint8Array, capacity],
    fine: [Uint32Array, 2 * 8],
    fineX: [Float32Array, fine],
    fineY: [Float32Array, fine],
    fineZ: [Float32Array, fine],
    fineRange: [Float32Array, fine],
    fineMask: [Uint32Array, fine],
    fineSlot: [Uint16Array, fine],
    fineCell: [Uint32Array, capacity],
    met: [Uint32Array, capacity],
    chosenSlot: [Uint16Array, listed],
    heapScore: [Float64Array, listed],
    heapSlot: [Uint16Array, listed],
    lastAlias: [Uint8Array, capacity],
    rowMembers: [Uint8Array, capacity],
    row: [Uint32Array, entries],
    leaveAt: [Int32Array, listed],
    counts: [Uint8Array, 8],
    enterAlias: [Uint8Array, listed],
    enterPeer: [Uint16Array, listed],
    enterTier: [Uint8Array, listed],
    leaveAlias: [Uint8Array, listed],
    renewAlias: [Uint8Array, listed],
    renewPeer: [Uint16Array, listed],
    renewTier: [Uint8Array, listed],
    updateAlias: [Uint8Array, listed],
    updatePeer: [Uint16Array, listed],
    updateTier: [Uint8Array, listed],
    gain: [Float32Array, gains],
    score: [Float32Array, listed],
    free: [Float32Array, listed],
    losable: [Float32Array, listed],
    holds: [Uint8Array, listed],
    slotTaken: [Uint32Array, capacity],
    slotSince: [Uint16Array, capacity * mediaSlots],
    slotHeld: [Uint8Array, capacity],
    slotLinked: [Uint16Array, capacity],
    slotIndex: [Uint8Array, listed],
    slotAlias: [Uint8Array, listed],
    lanes: [Float32Array, 16],
    fineStart: [Uint32Array, 2 * (fineCells + 2)],
  }
}

/** Columns begin at whole vectors: at whole cache lines looks took 1.15 times as long. The list of their addresses stands at 0. */
const align = (at: number): number => Math.ceil(at / 16) * 16

/** Where the columns of an engine of that size stand in its memory. */
export interface Layout {
  /** Names in the order of the addresses. */
  readonly columns: readonly string[]
  /** By column, in the order in which `bind` takes them, B. */
  readonly addresses: readonly number[]
  readonly bytes: number
  /** Views of all columns on a memory of at least `bytes`. */
  on(buffer: ArrayBuffer): KernelColumns
}

/** Where everything stands. */
export function layOut(size: EngineSize): Layout {
  const lengths = Object.entries(lengthsOf(size))
  const addresses: number[] = []
  let bytes = align(lengths.length * Uint32Array.BYTES_PER_ELEMENT)
  for (const [, [Kind, length]] of lengths) {
    addresses.push(bytes)
    bytes = align(bytes + length * Kind.BYTES_PER_ELEMENT)
  }
  return {
    columns: lengths.map(([name]) => name),
    addresses,
    bytes,
    on: (buffer) =>
      Object.fromEntries(
        lengths.map(([name, [Kind, length]], n) => [name, new Kind(buffer, addresses[n]!, length)]),
      ) as unknown as KernelColumns,
  }
}
