import { constants, createReadStream } from 'node:fs'
import { copyFile, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { partOf } from '../segments.ts'
import { mindKey, ObjectMissing, type ObjectStore } from './port.ts'

/** Objects as files below a folder. */
export class LocalStore implements ObjectStore {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  /** A copy beside its place, put there by its name once it is on the disk: whoever dies leaves a part, which the next one takes away. */
  async put(key: string, file: string): Promise<void> {
    const path = this.#pathOf(key)
    await mkdir(dirname(path), { recursive: true })
    await this.abandon(key)
    const part = partOf(path)
    await copyFile(file, part, constants.COPYFILE_FICLONE)
    await synced(part)
    await rename(part, path)
    await synced(dirname(path))
  }

  async sizeOf(key: string): Promise<number | null> {
    return (await stat(this.#pathOf(key)).catch(absent))?.size ?? null
  }

  async *read(key: string): AsyncIterable<Uint8Array> {
    if ((await this.sizeOf(key)) === null) throw new ObjectMissing(key)
    yield* createReadStream(this.#pathOf(key)) as AsyncIterable<Uint8Array>
  }

  async remove(key: string): Promise<void> {
    await rm(this.#pathOf(key), { force: true })
  }

  async abandon(key: string): Promise<void> {
    const path = this.#pathOf(key)
    const names = (await readdir(dirname(path)).catch(absent)) ?? []
    const parts = names.filter((name) => name.startsWith(basename(path)) && name.endsWith('.part'))
    for (const name of parts) await rm(join(dirname(path), name), { force: true })
  }

  urlOf(key: string): string {
    return pathToFileURL(this.#pathOf(key)).href
  }

  #pathOf(key: string): string {
    mindKey(key)
    return join(this.#folder, key)
  }
}

function absent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null
  throw error
}

async function synced(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
