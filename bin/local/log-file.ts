import { closeSync, existsSync, openSync, renameSync, statSync, writeSync } from 'node:fs'

const largestBytes = 16_777_216

/**
 * Everything a process prints, as it prints it. The file of the start before is kept as `.1`, and so is a file of more than
 * 16 MiB: the two together never hold more than twice that.
 */
export class LogFile {
  readonly #path: string
  #file: number | null = null
  #bytes = 0

  constructor(path: string) {
    this.#path = path
    this.#begin()
  }

  write(line: string): void {
    if (this.#file === null) return
    if (this.#bytes > largestBytes) {
      closeSync(this.#file)
      this.#begin()
    }
    try {
      this.#bytes += writeSync(this.#file, `${line}\n`)
    } catch {
      // A full disk must not stop the process that speaks.
    }
  }

  close(): void {
    if (this.#file !== null) closeSync(this.#file)
    this.#file = null
  }

  #begin(): void {
    if (existsSync(this.#path)) renameSync(this.#path, `${this.#path}.1`)
    this.#file = openSync(this.#path, 'a', 0o600)
    this.#bytes = statSync(this.#path).size
  }
}
