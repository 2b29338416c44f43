/** One command as its client saw it. Times by the monotonic clock of the test, ms. */
export interface Write {
  readonly room: string
  /** Who was muted by it: no two commands name the same one. */
  readonly target: string
  readonly sentMs: number
  /** `unknown`: no answer, or one that leaves it open. */
  readonly outcome: 'acked' | 'refused' | 'unknown'
  readonly answeredMs: number
  /** Where it stands, as it was answered. */
  readonly at: { readonly epoch: number; readonly seq: number } | null
}

/** What one client heard of a room, in order: each event with its position. */
export interface Listener {
  readonly user: string
  readonly room: string
  readonly heard: readonly { readonly epoch: number; readonly seq: number; readonly target: string }[]
  /** How often it was shown the whole room instead. */
  readonly snapshots: number
}

/** A socket that a gateway closed. */
export interface Close {
  readonly user: string
  readonly code: number
}

/** A row of the journal, in the order of its seq. */
export interface JournalRow {
  readonly room: string
  readonly seq: number
  readonly epoch: number
  readonly commandId: string
  readonly targets: readonly string[]
}

/** Who was given an epoch of a room, as processes logged it. */
export interface Grant {
  readonly room: string
  readonly epoch: number
  readonly owner: string
}

/** Everything that is known of a run. */
export interface History {
  readonly writes: readonly Write[]
  readonly listeners: readonly Listener[]
  readonly closes: readonly Close[]
  readonly journal: readonly JournalRow[]
  readonly grants: readonly Grant[]
}
