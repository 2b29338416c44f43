/** How far an upload is: handed back to go on with it. JSON. */
export interface UploadProgress {
  readonly uploadId: string
  /** Their tags, in order from the first part on. */
  readonly parts: readonly string[]
}

/** Throws for what is no key, and for one that leads out of the store. */
export function mindKey(key: string): void {
  if (!/^[A-Za-z0-9._/-]+$/.test(key) || key.split('/').includes('..')) throw new Error('that is no key')
}

/** There is nothing under that key. */
export class ObjectMissing extends Error {
  constructor(key: string) {
    super(`there is no object ${key}`)
    this.name = 'ObjectMissing'
  }
}

/** The store refused, with that status of HTTP. */
export class StoreRefused extends Error {
  readonly status: number
  /** `end`: the parts were there, and it did not put them together. */
  readonly at: 'call' | 'end'
  constructor(status: number, code: string, at: StoreRefused['at'] = 'call') {
    super(`the store answered ${status} (${code})`)
    this.name = 'StoreRefused'
    this.status = status
    this.at = at
  }
}

export interface PutOptions {
  /** What `told` said last, by whoever began; null for nobody. One that the store has forgotten is begun anew. */
  readonly from: UploadProgress | null
  /** Hears of each part that the store has; the next one is not sent before it resolves. */
  readonly told: (progress: UploadProgress) => Promise<void>
}

/**
 * Where finished recordings are kept. Keys are of `A-Z a-z 0-9 . _ / -`. An object is there as a whole or not at all, and is on the disk
 * when `put` resolves. What goes wrong on the way rejects, and may be tried again.
 */
export interface ObjectStore {
  /** Puts a file under a key, whatever was there. Under a key that contains the checksum a repeat changes nothing. */
  put(key: string, file: string, options: PutOptions): Promise<void>
  /** Its size, B; null for no such object. */
  sizeOf(key: string): Promise<number | null>
  /** Its bytes, in order. Rejects with ObjectMissing. */
  read(key: string): AsyncIterable<Uint8Array>
  /** Takes it away; nothing where it is not there. */
  remove(key: string): Promise<void>
  /** Takes away what an upload that nobody will finish has left. */
  abandon(key: string, progress: UploadProgress): Promise<void>
  /** As it is written down: `file:///…`, `s3://bucket/…`. */
  urlOf(key: string): string
}
