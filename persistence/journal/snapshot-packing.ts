import { promisify } from 'node:util'
import { constants, zstdCompress, zstdDecompress } from 'node:zlib'

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)

/** The checksum of what is packed, which a frame of zstd carries at its end. */
const checked = { params: { [constants.ZSTD_c_checksumFlag]: 1 } }

/** A stored snapshot is not what was packed. The journal holds all that it held. */
export class SnapshotDamaged extends Error {
  constructor(options?: ErrorOptions) {
    super('a stored snapshot is damaged', options)
    this.name = 'SnapshotDamaged'
  }
}

/** FROZEN: one frame of zstd with its checksum, around JSON in UTF-8. */
export const packSnapshot = (body: unknown): Promise<Buffer> => compress(JSON.stringify(body), checked)

/** What was packed. Rejects with SnapshotDamaged where a byte of it is another one, or the end is missing. */
export async function unpackSnapshot(packed: Buffer): Promise<unknown> {
  try {
    return JSON.parse((await decompress(packed)).toString())
  } catch (cause) {
    throw new SnapshotDamaged({ cause })
  }
}
