import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { ObjectMissing, type ObjectStore, type UploadProgress } from './port.ts'

export interface StoreBench {
  readonly store: ObjectStore
  /** False for a server that does not take uploads back. */
  readonly takesBack: boolean
  close(): Promise<void>
}

/** What every store of finished recordings promises. Parts are of 64 KiB, where there are any. */
export const storeContract = (name: string, open: () => Promise<StoreBench>): void =>
  void describe(`a store ${name}`, () => {
    let bench: StoreBench
    let folder: string
    before(async () => {
      bench = await open()
      folder = await mkdtemp(join(tmpdir(), 'vr-store-'))
    })
    after(async () => {
      await bench.close()
      await rm(folder, { recursive: true, force: true })
    })

    const aFile = async (bytes: number) => {
      const path = join(folder, randomUUID())
      const content = randomBytes(bytes)
      await writeFile(path, content)
      return { path, content }
    }
    const bytesOf = async (key: string) => {
      const chunks: Uint8Array[] = []
      for await (const chunk of bench.store.read(key)) chunks.push(chunk)
      return Buffer.concat(chunks)
    }
    const quietly = { from: null, told: () => Promise.resolve() }

    test('gives back what it was given, small and large, under its key', async () => {
      for (const size of [1, 64 * 1_024, 200_000]) {
        const { path, content } = await aFile(size)
        const key = `${randomUUID()}/a.ogg`
        await bench.store.put(key, path, quietly)
        assert.equal(await bench.store.sizeOf(key), size)
        assert.deepEqual(await bytesOf(key), content)
        assert.ok(bench.store.urlOf(key).endsWith(key))
      }
    })

    test('puts another file in the place of the one that was there', async () => {
      const key = `${randomUUID()}/a.ogg`
      for (const size of [100_000, 10]) {
        const { path, content } = await aFile(size)
        await bench.store.put(key, path, quietly)
        assert.deepEqual(await bytesOf(key), content)
      }
    })

    test('knows nothing of what was never put or was taken away', async () => {
      const key = `${randomUUID()}/a.ogg`
      assert.equal(await bench.store.sizeOf(key), null)
      await assert.rejects(bytesOf(key), ObjectMissing)
      await bench.store.remove(key)
      await bench.store.put(key, (await aFile(10)).path, quietly)
      await bench.store.remove(key)
      assert.equal(await bench.store.sizeOf(key), null)
    })

    test('has nothing under the key until all of it is there; one that goes on ends it, and what is given up leaves nothing', async () => {
      const key = `${randomUUID()}/a.ogg`
      const { path, content } = await aFile(200_000)
      const seen: UploadProgress[] = []
      const broken = bench.store.put(key, path, {
        from: null,
        told: (progress) => {
          seen.push(progress)
          return progress.parts.length === 2 ? Promise.reject(new Error('the process died')) : Promise.resolve()
        },
      })
      await broken.catch(() => undefined)
      const last = seen.at(-1) ?? null
      if (last) assert.equal(await bench.store.sizeOf(key), null)
      const sent: number[] = []
      const told = (progress: UploadProgress) => Promise.resolve(void sent.push(progress.parts.length))
      await bench.store.put(key, path, { from: last, told })
      assert.deepEqual(await bytesOf(key), content)
      if (last) assert.deepEqual(sent, [3, 4], 'no part that was answered is sent again')
      const forgotten = { uploadId: 'f'.repeat(32), parts: ['"a"'] }
      const other = `${randomUUID()}/a.ogg`
      await bench.store.put(other, path, { ...quietly, from: forgotten })
      assert.deepEqual(await bytesOf(other), content, 'an upload that nobody knows begins anew')
      if (bench.takesBack) await bench.store.abandon(`${randomUUID()}/a.ogg`, forgotten)
    })

    test('takes no key that leads anywhere else', async () => {
      const { path } = await aFile(1)
      for (const key of ['../a', 'a/../../b', 'a?b', 'a b']) await assert.rejects(bench.store.put(key, path, quietly))
    })
  })
