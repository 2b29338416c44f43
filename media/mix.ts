import { open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import OpusScript from 'opusscript'
import { sampleRate } from './ogg/opus-packet.ts'
import { DamagedAudio, packetsIn, type PlacedPacket } from './ogg/reader.ts'
import { OpusWriter } from './ogg/writer.ts'
import { partOf, segmentBytes, type Manifest, type Segment } from './segments.ts'

/** What is made of a recording. */
export interface Mixed {
  readonly file: string
  readonly lengthMs: number
}

/** Samples of one frame: 20 ms. */
const frame = 960
/** Of the encoder, samples (RFC 7845, 5.1): what libopus adds at 48 kHz. */
const preSkip = 312
/** What speech of many needs, bit/s. */
const bitrate = 64_000
/** Frames between two breaths: what else the process has to do is done in them. */
const framesAtOnce = 50
/** A recording is at most so long, ms: a week. */
const lengthMaxMs = 7 * 86_400_000

/**
 * Everybody of a sealed recording in one file of Ogg Opus, each in their place. Where they speak at once the sum is turned down for as long as it
 * would be too loud. The file has its name only once it is whole. `told` hears how far it is; it may throw, to end the work. Segments that
 * are not what was sealed, or no Opus: DamagedAudio.
 */
export async function mix(folder: string, manifest: Manifest, told: (doneMs: number) => void): Promise<Mixed> {
  const file = join(folder, 'mix.ogg')
  const part = partOf(file)
  const waiting = [...manifest.segments].sort((a, b) => b.from_ms - a.from_ms)
  const encoder = new OpusScript(sampleRate, 1, OpusScript.Application.VOIP)
  encoder.setBitrate(bitrate)
  const writer = new OpusWriter({ preSkip, serial: 1, channels: 1 })
  const out = await open(part, 'w')
  const voices = new Set<Voice>()
  const sum = new Int32Array(frame)
  const loudness = new Loudness()
  let at = 0
  try {
    await out.write(writer.begin())
    while (waiting.length > 0 || voices.size > 0) {
      for (let next = waiting.at(-1); next && startOf(next) < at + frame; next = waiting.at(-1)) {
        waiting.pop()
        voices.add(new Voice(next.file, startOf(next), await segmentBytes(folder, next)))
      }
      sum.fill(0)
      for (const voice of voices) {
        if (voice.addTo(sum, at)) continue
        voice.close()
        voices.delete(voice)
      }
      await out.write(writer.packet(encoder.encode(loudness.level(sum), frame)))
      at += frame
      if (at > (lengthMaxMs / 1_000) * sampleRate) throw new DamagedAudio('the recording is over a week long')
      if ((at / frame) % framesAtOnce === 0) {
        told((at * 1_000) / sampleRate)
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    await out.write(writer.end())
    await out.sync()
  } finally {
    for (const voice of voices) voice.close()
    encoder.delete()
    await out.close()
  }
  await rename(part, file)
  return { file, lengthMs: (at * 1_000) / sampleRate }
}

const startOf = ({ from_ms: fromMs }: Segment): number => Math.round((fromMs * sampleRate) / 1_000)

/** One segment, decoded as it is needed. */
class Voice {
  readonly #file: string
  readonly #start: number
  readonly #packets: Generator<PlacedPacket>
  readonly #decoder = new OpusScript(sampleRate, 1, OpusScript.Application.VOIP)
  #samples: Int16Array = new Int16Array(0)
  /** Where they begin, samples from the beginning of the recording. */
  #at = 0

  constructor(file: string, start: number, bytes: Uint8Array) {
    this.#file = file
    this.#start = start
    this.#packets = packetsIn(bytes)
  }

  /** Adds what it sounds like from there on. False once it is over. */
  addTo(sum: Int32Array, from: number): boolean {
    const end = from + sum.length
    while (this.#at < end) {
      const first = Math.max(this.#at, from)
      const last = Math.min(this.#at + this.#samples.length, end)
      for (let index = first; index < last; index += 1) {
        sum[index - from] = (sum[index - from] ?? 0) + (this.#samples[index - this.#at] ?? 0)
      }
      if (this.#at + this.#samples.length >= end) return true
      if (!this.#next()) return false
    }
    return true
  }

  close(): void {
    this.#decoder.delete()
  }

  #next(): boolean {
    const next = this.#packets.next()
    if (next.done === true) return false
    let pcm: Buffer
    try {
      pcm = this.#decoder.decode(Buffer.from(next.value.packet))
    } catch {
      throw new DamagedAudio(`${this.#file} holds a packet that is no Opus`)
    }
    this.#samples = new Int16Array(pcm.buffer.slice(pcm.byteOffset, pcm.byteOffset + pcm.length))
    this.#at = this.#start + next.value.at
    return true
  }
}

/** Turns a sum down at once where it is too loud, and up again slowly. */
class Loudness {
  readonly #out = Buffer.alloc(frame * 2)
  #gain = 1

  level(sum: Int32Array): Buffer {
    let peak = 0
    for (const sample of sum) peak = Math.max(peak, Math.abs(sample))
    this.#gain = Math.min(1, this.#gain * 1.02, peak === 0 ? 1 : 32_000 / peak)
    sum.forEach((sample, index) => this.#out.writeInt16LE(Math.round(sample * this.#gain), index * 2))
    return this.#out
  }
}
