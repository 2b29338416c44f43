import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import S3rver from 's3rver'

/** A server that speaks S3, on loopback, with one bucket. */
export class S3Server {
  readonly #server: S3rver
  readonly #folder: string
  readonly port: number

  private constructor(server: S3rver, folder: string, port: number) {
    this.#server = server
    this.#folder = folder
    this.port = port
  }

  static async start(): Promise<S3Server> {
    const folder = mkdtempSync(join(tmpdir(), 'vr-s3-'))
    const server = new S3rver({
      ...{ port: 0, address: '127.0.0.1', silent: true, directory: folder },
      configureBuckets: [{ name: 'recordings', configs: [] }],
    })
    const { port } = await server.run()
    return new S3Server(server, folder, port)
  }

  /** As a setting has it; `port` of whoever stands in front of it. */
  urlOf(port = this.port): string {
    return `s3://recordings/kept?endpoint=${encodeURIComponent(`http://127.0.0.1:${port}`)}&part_kib=64`
  }

  /** What the server takes for a key and its secret. */
  static readonly key = 'S3RVER'

  async stop(): Promise<void> {
    await this.#server.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
