import { crcOf } from './crc.ts'
import { samplesIn } from './opus-packet.ts'

/** A file is not the Ogg Opus that it should be. */
export class DamagedAudio extends Error {
  constructor(problem: string) {
    super(problem)
    this.name = 'DamagedAudio'
  }
}

/** One packet, and where in the stream it begins: samples at 48 kHz from the first one that is to be heard. */
export interface PlacedPacket {
  readonly at: number
  readonly packet: Uint8Array
}

interface Page {
  readonly granule: bigint
  readonly isContinued: boolean
  /** Parts of packets, and whether the last one goes on in the next page. */
  readonly parts: readonly Uint8Array[]
  readonly goesOn: boolean
  readonly bytes: number
}

const headerBytes = 27
/** A packet of Opus is at most so long; what is longer was not written by an encoder, B. */
const packetMaxBytes = 61_440

/**
 * The packets of an Ogg Opus file (RFC 3533, RFC 7845), each at its place: where the granule position of a page says that it ends later
 * than its packets fill, there was silence that nobody sent. Throws DamagedAudio for bytes that are none, pages whose checksum does not
 * fit among them. A file without its last page, as a crash leaves it, ends where it ends.
 */
export function* packetsIn(file: Uint8Array): Generator<PlacedPacket> {
  const pages = pagesIn(file)
  const head = pages.next()
  const preSkip = head.done === true ? -1 : preSkipOf(head.value)
  if (preSkip < 0) throw new DamagedAudio('does not begin with the head of Opus')
  let isTagged = false
  let at = 0
  let begun: Uint8Array[] = []
  for (const page of pages) {
    if (!page.isContinued) begun = []
    const packets: Uint8Array[] = []
    page.parts.forEach((part, index) => {
      begun.push(part)
      const isOpen = index === page.parts.length - 1 && page.goesOn
      if (isOpen) return
      packets.push(begun.length === 1 ? part : Buffer.concat(begun))
      begun = []
    })
    if (begun.reduce((sum, { length }) => sum + length, 0) > packetMaxBytes)
      throw new DamagedAudio('a packet has no end')
    if (!isTagged) {
      isTagged = packets.length > 0
      continue
    }
    const length = packets.reduce((sum, packet) => sum + samplesIn(packet), 0)
    const ends = page.granule < 0n ? at + length : Number(page.granule)
    // The last page may end within its last packet: that is no step back.
    at = Math.max(at, ends - length)
    for (const packet of packets) {
      yield { at: at - preSkip, packet }
      at += samplesIn(packet)
    }
  }
}

function preSkipOf({ parts: [head] }: Page): number {
  if (!head || head.length < 19 || Buffer.from(head.subarray(0, 8)).toString('latin1') !== 'OpusHead') return -1
  return (head[10] ?? 0) + (head[11] ?? 0) * 256
}

function* pagesIn(file: Uint8Array): Generator<Page> {
  for (let offset = 0; offset < file.length;) {
    const page = pageAt(file, offset)
    // What a crash cut off was never part of it.
    if (page === null) return
    yield page
    offset += page.bytes
  }
}

/** Null where the file ends within it. */
function pageAt(file: Uint8Array, offset: number): Page | null {
  if (file.length - offset < headerBytes) return null
  const view = new DataView(file.buffer, file.byteOffset + offset, file.length - offset)
  if (view.getUint32(0) !== 0x4f676753 || view.getUint8(4) !== 0) throw new DamagedAudio(`no page begins at ${offset}`)
  const flags = view.getUint8(5)
  const segments = view.getUint8(26)
  if (view.byteLength < headerBytes + segments) return null
  const lacing = file.subarray(offset + headerBytes, offset + headerBytes + segments)
  const body = lacing.reduce((sum, length) => sum + length, 0)
  const bytes = headerBytes + segments + body
  if (view.byteLength < bytes) return null
  const copy = new Uint8Array(file.subarray(offset, offset + bytes))
  copy.fill(0, 22, 26)
  if (crcOf(copy) !== view.getUint32(22, true)) throw new DamagedAudio(`the page at ${offset} is not as it was written`)
  const parts: Uint8Array[] = []
  let from = offset + headerBytes + segments
  let length = 0
  for (const lace of lacing) {
    length += lace
    if (lace === 255) continue
    parts.push(file.subarray(from, from + length))
    from += length
    length = 0
  }
  const goesOn = lacing.at(-1) === 255
  if (goesOn) parts.push(file.subarray(from, from + length))
  const granule = view.getBigInt64(6, true)
  return { granule, isContinued: (flags & 1) === 1, parts, goesOn, bytes }
}
