import { createHash, randomUUID } from 'node:crypto'
import { open, readdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { Type, type Static } from '@sinclair/typebox'
import { decoder } from '../protocol/codec.ts'
import { UserId } from '../protocol/ids.ts'
import { list } from '../protocol/schema.ts'
import { strict } from '../protocol/tagged-union.ts'
import { DamagedAudio } from './ogg/reader.ts'

/*
 * A recording on disk, `<folder>/<recording>/`: for each stretch in which somebody was recorded, `<name>.ogg` (Ogg Opus) and `<name>.json`
 * (whose, and when it begins). Sealing adds `manifest.json`, behind which nothing of it changes any more.
 */

/** Beside each file of audio. FROZEN: written by recorders of whatever version. */
export const SegmentFacts = strict({
  user_id: UserId,
  /** When it begins, ms from the beginning of the recording. */
  from_ms: Type.Integer({ minimum: 0, maximum: 7 * 86_400_000 }),
})
const Segment = strict({
  file: Type.String({ pattern: '^[A-Za-z0-9._-]{1,100}\\.ogg$' }),
  ...SegmentFacts.properties,
  bytes: Type.Integer({ minimum: 0 }),
  sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
})
export type Segment = Static<typeof Segment>
/** What was sealed. FROZEN: as above. */
export const Manifest = strict({ v: Type.Literal(1), segments: list(Segment) })
export type Manifest = Static<typeof Manifest>

/** Segments of one recording, at the most; above it sealing is refused. */
export const segmentsMax = 10_000
/** One segment is read as a whole: 512 MiB is eighteen hours at 64 kbit/s. */
export const segmentMaxBytes = 512 * 2 ** 20

const decodeFacts = decoder(SegmentFacts)
const decodeManifest = decoder(Manifest)

/** What a file is called until it is whole: of this attempt alone, since one that is taken for dead may be at it still. */
export const partOf = (path: string): string => `${path}.${randomUUID()}.part`

/** Writes a file as a whole or not at all: it is on the disk, under its name, when this resolves. */
export async function writeWhole(path: string, bytes: string | Uint8Array): Promise<void> {
  const part = partOf(path)
  const file = await open(part, 'w')
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(part, path)
}

/** The manifest of what lies there: the one that was written, or a new one. Throws DamagedAudio for what is no recording. */
export async function sealed(folder: string): Promise<Manifest> {
  const path = join(folder, 'manifest.json')
  const written = await readFile(path, 'utf8').catch(() => null)
  if (written !== null) return decodeManifest(parsed(written, path))
  const names = (await readdir(folder)).filter((name) => name.endsWith('.ogg')).sort()
  if (names.length === 0) throw new DamagedAudio('the recording has no segments')
  if (names.length > segmentsMax) throw new DamagedAudio(`the recording has over ${segmentsMax} segments`)
  const segments: Segment[] = []
  for (const file of names) {
    const facts = await readFile(join(folder, file.replace(/ogg$/, 'json')), 'utf8').catch(() => null)
    if (facts === null) throw new DamagedAudio(`nobody says whose ${file} is`)
    const bytes = await readFile(join(folder, file))
    if (bytes.length > segmentMaxBytes) throw new DamagedAudio(`${file} is over ${segmentMaxBytes} bytes`)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    segments.push({ file, ...decodeFacts(parsed(facts, file)), bytes: bytes.length, sha256 })
  }
  const manifest = decodeManifest({ v: 1, segments })
  await writeWhole(path, JSON.stringify(manifest))
  return manifest
}

/** The bytes of a sealed segment. Throws DamagedAudio where they are others than were sealed. */
export async function segmentBytes(folder: string, { file, sha256 }: Segment): Promise<Uint8Array> {
  const bytes = await readFile(join(folder, file)).catch(() => null)
  if (bytes === null || createHash('sha256').update(bytes).digest('hex') !== sha256) {
    throw new DamagedAudio(`${file} is not what was sealed`)
  }
  return bytes
}

function parsed(text: string, what: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new DamagedAudio(`${what} is no JSON`)
  }
}
