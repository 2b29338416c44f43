/** What may go to a client whose socket has something waiting. */
export type Outlet =
  /** Everything. */
  | 'all'
  /** Who comes and goes and is heard, but not where they are: the next place replaces the last. */
  | 'sets'
  /** Nothing: it is told everything at once when it has read what waits. */
  | 'nothing'
  /** It reads too slowly for a zone: connect again and resume. */
  | 'close'

/** Bytes that may wait. */
export const outflowBounds = { sets: 16 * 1024, nothing: 64 * 1024, close: 256 * 1024 } as const
/** A client may have more than `close` waiting for so long, ms: the view of a large room goes out in one piece. */
export const closeAfterMs = 1_000
/** And more than `nothing` for so long, ms. */
export const parchedMaxMs = 10_000

/** Since when more waits than `nothing` and `close` allow, monotonic ms; null where less does. */
export interface Outflow {
  readonly parchedSinceMs: number | null
  readonly fullSinceMs: number | null
}

export const freeOutflow: Outflow = { parchedSinceMs: null, fullSinceMs: null }

/** So many bytes wait for the client now: what may be sent to it. */
export function outletOf(
  { parchedSinceMs, fullSinceMs }: Outflow,
  waitingBytes: number,
  nowMs: number,
): { readonly outflow: Outflow; readonly outlet: Outlet } {
  if (waitingBytes <= outflowBounds.nothing) {
    return { outflow: freeOutflow, outlet: waitingBytes <= outflowBounds.sets ? 'all' : 'sets' }
  }
  const outflow = {
    parchedSinceMs: parchedSinceMs ?? nowMs,
    fullSinceMs: waitingBytes > outflowBounds.close ? (fullSinceMs ?? nowMs) : null,
  }
  const isFull = outflow.fullSinceMs !== null && nowMs - outflow.fullSinceMs >= closeAfterMs
  return { outflow, outlet: isFull || nowMs - outflow.parchedSinceMs >= parchedMaxMs ? 'close' : 'nothing' }
}
