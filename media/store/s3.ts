import { open, stat } from 'node:fs/promises'
import { AwsClient } from 'aws4fetch'
import { mindKey, ObjectMissing, StoreRefused, type ObjectStore, type PutOptions, type UploadProgress } from './port.ts'

export interface S3Options {
  /** Of the server: `https://s3.eu-central-1.amazonaws.com`. */
  readonly endpoint: string
  readonly region: string
  readonly bucket: string
  /** In front of every key; empty, or ending in a slash. */
  readonly prefix: string
  readonly keyId: string
  readonly secret: string
  /** Of each part but the last, B. S3 itself wants 5 MiB at least. */
  readonly partBytes: number
}

/** What one call may take, ms. */
const callMs = 120_000

/** Objects of a server that speaks S3, each uploaded in parts, so that whoever goes on sends no part twice that was answered. */
export class S3Store implements ObjectStore {
  readonly #options: S3Options
  readonly #client: AwsClient

  constructor(options: S3Options) {
    this.#options = options
    const { keyId: accessKeyId, secret: secretAccessKey, region } = options
    // Whoever calls tries again by itself, and knows when to stop.
    this.#client = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries: 0 })
  }

  async put(key: string, path: string, { from, told }: PutOptions): Promise<void> {
    try {
      if (from) {
        await this.#goOn(key, path, from, told)
        return
      }
    } catch (error) {
      // Forgotten, or put together no more: what an upload is worth that was left for long.
      const isOver = error instanceof StoreRefused && (error.status === 404 || error.at === 'end')
      if (!isOver) throw error
    }
    const progress = { uploadId: await this.#begin(key), parts: [] }
    await told(progress)
    await this.#goOn(key, path, progress, told)
  }

  async #goOn(key: string, path: string, from: UploadProgress, told: PutOptions['told']): Promise<void> {
    const { partBytes } = this.#options
    const { size } = await stat(path)
    let progress = from
    const file = await open(path, 'r')
    try {
      for (let number = progress.parts.length + 1; (number - 1) * partBytes < size; number += 1) {
        const bytes = Buffer.alloc(Math.min(partBytes, size - (number - 1) * partBytes))
        await file.read(bytes, 0, bytes.length, (number - 1) * partBytes)
        const tag = await this.#part(key, progress.uploadId, number, bytes)
        progress = { ...progress, parts: [...progress.parts, tag] }
        await told(progress)
      }
    } finally {
      await file.close()
    }
    await this.#complete(key, progress)
  }

  async sizeOf(key: string): Promise<number | null> {
    const answer = await this.#call(key, '', { method: 'HEAD' })
    if (answer.status === 404) return null
    return Number((await taken(answer)).headers.get('content-length'))
  }

  async *read(key: string): AsyncIterable<Uint8Array> {
    const answer = await this.#call(key, '')
    if (answer.status === 404) throw new ObjectMissing(key)
    const { body } = await taken(answer)
    if (body) yield* body as unknown as AsyncIterable<Uint8Array>
  }

  async remove(key: string): Promise<void> {
    const answer = await this.#call(key, '', { method: 'DELETE' })
    if (answer.status !== 404) await taken(answer)
  }

  async abandon(key: string, { uploadId }: UploadProgress): Promise<void> {
    const answer = await this.#call(key, `uploadId=${encodeURIComponent(uploadId)}`, { method: 'DELETE' })
    if (answer.status !== 404) await taken(answer)
  }

  urlOf(key: string): string {
    return `s3://${this.#options.bucket}/${this.#options.prefix}${key}`
  }

  async #begin(key: string): Promise<string> {
    const answer = await taken(await this.#call(key, 'uploads', { method: 'POST' }))
    const id = /<UploadId>([^<]+)<\/UploadId>/.exec(await answer.text())?.[1]
    if (id === undefined) throw new Error('the store began no upload')
    return id
  }

  async #part(key: string, uploadId: string, number: number, bytes: Buffer): Promise<string> {
    const query = `partNumber=${number}&uploadId=${encodeURIComponent(uploadId)}`
    const answer = await taken(await this.#call(key, query, { method: 'PUT', body: new Uint8Array(bytes) }))
    const tag = answer.headers.get('etag')
    if (tag === null) throw new Error('the store did not say what it took')
    return tag
  }

  async #complete(key: string, { uploadId, parts }: UploadProgress): Promise<void> {
    const list = parts.map((tag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${tag}</ETag></Part>`)
    const answer = await taken(
      await this.#call(key, `uploadId=${encodeURIComponent(uploadId)}`, {
        method: 'POST',
        body: `<CompleteMultipartUpload>${list.join('')}</CompleteMultipartUpload>`,
      }),
      'end',
    )
    // The status is sent before the parts are put together: what came of it stands in the body.
    if ((await answer.text()).includes('<Error>')) throw new StoreRefused(answer.status, 'Error', 'end')
  }

  async #call(key: string, query: string, init: RequestInit = {}): Promise<Response> {
    const { endpoint, bucket, prefix } = this.#options
    mindKey(key)
    const url = `${endpoint}/${bucket}/${prefix}${key}${query === '' ? '' : `?${query}`}`
    return this.#client.fetch(url, { ...init, signal: AbortSignal.timeout(callMs), redirect: 'error' })
  }
}

/** Says of a refusal which one it was, and nothing of the request: signatures stand in it. */
async function taken(answer: Response, at: StoreRefused['at'] = 'call'): Promise<Response> {
  if (answer.ok) return answer
  const code = /<Code>([A-Za-z]+)<\/Code>/.exec(await answer.text().catch(() => ''))?.[1] ?? 'no code'
  throw new StoreRefused(answer.status, code, at)
}
