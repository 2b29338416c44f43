import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Type } from '@sinclair/typebox'
import { decoder } from '../protocol/codec.ts'
import { list } from '../protocol/schema.ts'
import { strict } from '../protocol/tagged-union.ts'
import { mix } from './mix.ts'
import { sealed, writeWhole } from './segments.ts'
import { ObjectMissing, type ObjectStore, type UploadProgress } from './store/port.ts'

export interface FinalisingDeps {
  /** Holds a folder for each recording, by its id. */
  readonly folder: string
  readonly store: ObjectStore
}

/** What a file comes to. */
export interface Checksum {
  readonly sha256: string
  readonly bytes: number
}

/** How far an upload is, beside what is uploaded: whoever goes on with it sends no part twice that was answered and written down. */
const Upload = strict({ sha256: Type.String(), uploadId: Type.String(), parts: list(Type.String()) })
const decodeUpload = decoder(Upload)

/** The steps by which what a recorder left becomes one object of the store. Each may be done again, whatever of it was done before. */
export class Finalising {
  readonly #folder: string
  readonly #store: ObjectStore

  constructor({ folder, store }: FinalisingDeps) {
    this.#folder = folder
    this.#store = store
  }

  /** How many segments were sealed. Throws DamagedAudio. */
  async seal(recordingId: string): Promise<{ readonly segments: number }> {
    return { segments: (await sealed(this.#of(recordingId))).segments.length }
  }

  /** Its length, ms. Throws DamagedAudio. */
  async mix(recordingId: string, told: (doneMs: number) => void): Promise<{ readonly lengthMs: number }> {
    const folder = this.#of(recordingId)
    const { lengthMs } = await mix(folder, await sealed(folder), told)
    return { lengthMs }
  }

  checksum(recordingId: string): Promise<Checksum> {
    return checksumOf(createReadStream(this.#mixOf(recordingId)))
  }

  /** Under a key that contains the checksum: what lies there already is it. Says the key. `told` hears of each part; it may throw, to end the work. */
  async upload(recordingId: string, { sha256, bytes }: Checksum, told: () => void): Promise<string> {
    const key = keyOf(recordingId, sha256)
    if ((await this.#store.sizeOf(key)) === bytes) return key
    await this.#store.put(key, this.#mixOf(recordingId), {
      from: await this.#uploadOf(recordingId, sha256),
      told: async (progress) => {
        await writeWhole(this.#uploadPathOf(recordingId), JSON.stringify({ sha256, ...progress }))
        told()
      },
    })
    return key
  }

  /** Whether the store gives back what was given to it. */
  async verify(recordingId: string, { sha256 }: Checksum): Promise<boolean> {
    try {
      return (await checksumOf(this.#store.read(keyOf(recordingId, sha256)))).sha256 === sha256
    } catch (error) {
      if (error instanceof ObjectMissing) return false
      throw error
    }
  }

  urlOf(key: string): string {
    return this.#store.urlOf(key)
  }

  /**
   * Takes away what is left over: of one that is published its folder; of one that failed the mix, and what of it lies in the store, while
   * what the recorder left stays for whoever looks into it; of one that was given up everything.
   */
  async cleanUp(
    recordingId: string,
    outcome: 'published' | 'failed' | 'aborted',
    checksum: Checksum | null,
  ): Promise<void> {
    if (outcome !== 'published' && checksum) {
      const key = keyOf(recordingId, checksum.sha256)
      const upload = await this.#uploadOf(recordingId, checksum.sha256)
      if (upload) await this.#store.abandon(key, upload)
      await this.#store.remove(key)
    }
    if (outcome !== 'failed') await rm(this.#of(recordingId), { recursive: true, force: true })
    else {
      const folder = this.#of(recordingId)
      const made = (await readdir(folder)).filter((name) => /^(mix\.ogg|upload\.json)/.test(name))
      for (const name of made) await rm(join(folder, name), { force: true })
    }
  }

  /** Of that very file; null for none, or of another mix. */
  async #uploadOf(recordingId: string, sha256: string): Promise<UploadProgress | null> {
    const text = await readFile(this.#uploadPathOf(recordingId), 'utf8').catch(() => null)
    if (text === null) return null
    const { sha256: of, ...progress } = decodeUpload(JSON.parse(text))
    return of === sha256 ? progress : null
  }

  #uploadPathOf(recordingId: string): string {
    return join(this.#of(recordingId), 'upload.json')
  }

  #of(recordingId: string): string {
    if (!/^[0-9a-f-]{36}$/.test(recordingId)) throw new Error('that is no recording')
    return join(this.#folder, recordingId)
  }

  #mixOf(recordingId: string): string {
    return join(this.#of(recordingId), 'mix.ogg')
  }
}

const keyOf = (recordingId: string, sha256: string): string => `${recordingId}/${sha256}.ogg`

async function checksumOf(chunks: AsyncIterable<Uint8Array | string>): Promise<Checksum> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of chunks) {
    hash.update(chunk)
    bytes += chunk.length
  }
  return { sha256: hash.digest('hex'), bytes }
}
