import { crcOf } from './crc.ts'
import { samplesIn, sampleRate } from './opus-packet.ts'

export interface OpusStream {
  /** Of the encoder: samples at the beginning that are not to be heard. */
  readonly preSkip: number
  /** Any number; two streams of one file would differ in it. */
  readonly serial: number
  readonly channels: 1 | 2
}

const vendor = 'voice-rooms'
/** A page is closed once it holds so much, samples: a crash loses no more. */
const pageSamples = sampleRate
/** And before it holds more lacing than a page has room for. */
const lacingMax = 255

/**
 * Writes packets of Opus as an Ogg file (RFC 7845), a page a second. Returns the bytes to append; nothing is kept of what was returned. A gap
 * is said by `skipTo`, and takes no bytes: players fill it with silence.
 */
export class OpusWriter {
  readonly #stream: OpusStream
  #sequence = 0
  #granule: number
  #packets: Uint8Array[] = []
  #lacing = 0
  #samples = 0

  constructor(stream: OpusStream) {
    this.#stream = stream
    this.#granule = 0
  }

  /** Head and tags; the first thing in the file. */
  begin(): Uint8Array {
    const head = Buffer.alloc(19)
    head.write('OpusHead', 'latin1')
    head.writeUInt8(1, 8)
    head.writeUInt8(this.#stream.channels, 9)
    head.writeUInt16LE(this.#stream.preSkip, 10)
    head.writeUInt32LE(sampleRate, 12)
    const tags = Buffer.alloc(16 + vendor.length)
    tags.write('OpusTags', 'latin1')
    tags.writeUInt32LE(vendor.length, 8)
    tags.write(vendor, 12, 'latin1')
    return Buffer.concat([this.#page([head], 0, 2), this.#page([tags], 0, 0)])
  }

  /** A packet behind the last one. Empty bytes where its page is still open. */
  packet(packet: Uint8Array): Uint8Array {
    const lacing = Math.floor(packet.length / 255) + 1
    const before = this.#lacing + lacing > lacingMax ? this.#close(0) : nothing
    this.#packets.push(packet)
    this.#lacing += lacing
    this.#samples += samplesIn(packet)
    return this.#samples >= pageSamples ? Buffer.concat([before, this.#close(0)]) : before
  }

  /** The next packet begins there, samples from the first one: nobody sent anything in between. Never goes back. */
  skipTo(at: number): Uint8Array {
    const closed = this.#close(0)
    this.#granule = Math.max(this.#granule, at)
    return closed
  }

  /** The last page. */
  end(): Uint8Array {
    return this.#close(4)
  }

  #close(flags: number): Uint8Array {
    if (this.#packets.length === 0 && flags === 0) return nothing
    this.#granule += this.#samples
    const page = this.#page(this.#packets, this.#granule, flags)
    this.#packets = []
    this.#lacing = 0
    this.#samples = 0
    return page
  }

  #page(packets: readonly Uint8Array[], granule: number, flags: number): Uint8Array {
    const lacing = packets.flatMap(({ length }) => [...Array<number>(Math.floor(length / 255)).fill(255), length % 255])
    const header = Buffer.alloc(27 + lacing.length)
    header.write('OggS', 'latin1')
    header.writeUInt8(flags, 5)
    header.writeBigInt64LE(BigInt(granule), 6)
    header.writeUInt32LE(this.#stream.serial >>> 0, 14)
    header.writeUInt32LE(this.#sequence, 18)
    header.writeUInt8(lacing.length, 26)
    header.set(lacing, 27)
    this.#sequence += 1
    const page = Buffer.concat([header, ...packets])
    page.writeUInt32LE(crcOf(page), 22)
    return page
  }
}

const nothing = Buffer.alloc(0)
