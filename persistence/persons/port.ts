import type { UserId } from '../../protocol/ids.ts'

/** A row of the record that speaks of a person. */
export interface PersonRow {
  /** The table it lies in. */
  readonly table: string
  readonly row: Readonly<Record<string, unknown>>
}

export interface ErasureRequest {
  /** A UUID. */
  readonly erasureId: string
  readonly userId: UserId
  readonly by: UserId
  readonly atMs: number
}

/** Where the erasing of a person stands. Times are Unix ms. It does not say whom it is about. */
export interface Erasure {
  readonly erasureId: string
  readonly requestedAtMs: number
  /** Null while it is under way. */
  readonly doneAtMs: number | null
}

/** What the record knows of one person: taken out, and taken away. */
export interface PersonRecords {
  /** Everything, table by table. Reads page by page, and as it goes: what changes meanwhile may be there or not. */
  export(userId: UserId): AsyncIterable<PersonRow>
  /** Writes the request down, and the message that starts its workflow, in one transaction. */
  requestErasure(request: ErasureRequest): Promise<void>
  /** Null for one that was never asked for. */
  erasure(erasureId: string): Promise<Erasure | null>
}

/** How the erasing is done, piece by piece. */
export interface PersonEraser {
  /** Whom it is about, and the rooms where they have a seat; null where it is done or was never asked for. */
  subject(erasureId: string): Promise<{ readonly userId: UserId; readonly seatedIn: readonly string[] } | null>
  /**
   * Takes the person out of one actor, or where they are in none any more, out of everything else; that is the last piece. Each piece is one
   * transaction, so that a crash in between costs nothing.
   */
  eraseNext(erasureId: string): Promise<{ readonly done: boolean }>
}

export interface ExportRequest {
  /** A UUID. */
  readonly exportId: string
  readonly userId: UserId
  readonly by: UserId
  readonly atMs: number
}

/** Where a file about a person stands. Times are Unix ms. */
export interface PersonExport {
  readonly exportId: string
  readonly requestedAtMs: number
  /** Null while it is made. */
  readonly doneAtMs: number | null
}

/** Files of what the record knows of people, for a week each. */
export interface PersonExports {
  /** Writes the request down, and the message that starts its workflow, in one transaction. */
  request(request: ExportRequest): Promise<void>
  /** Null for one that was never asked for, or is gone. */
  read(exportId: string): Promise<PersonExport | null>
  /** The file, piece by piece: JSON lines. */
  lines(exportId: string): AsyncIterable<string>
}

/** How they are made, piece by piece. */
export interface PersonExporter {
  /** The next piece, in one transaction, so that a crash in between costs nothing. */
  exportNext(exportId: string): Promise<{ readonly done: boolean }>
}
