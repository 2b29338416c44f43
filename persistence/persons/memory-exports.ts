import type { ExportRequest, PersonExport, PersonExports } from './port.ts'

/** Files about people in memory. One that is asked for stays under way: nothing in memory outlives its process. */
export class MemoryPersonExports implements PersonExports {
  readonly #exports = new Map<string, PersonExport>()

  request({ exportId, atMs }: ExportRequest): Promise<void> {
    this.#exports.set(exportId, { exportId, requestedAtMs: atMs, doneAtMs: null })
    return Promise.resolve()
  }

  read(exportId: string): Promise<PersonExport | null> {
    return Promise.resolve(this.#exports.get(exportId) ?? null)
  }

  async *lines(): AsyncIterable<string> {
    await Promise.resolve()
    yield* []
  }
}
