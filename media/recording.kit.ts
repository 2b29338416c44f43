import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import OpusScript from 'opusscript'
import { sampleRate } from './ogg/opus-packet.ts'
import { OpusWriter } from './ogg/writer.ts'

/** For tests: what a recorder would have left, of real Opus. */

const frame = 960

/** A tone as packets of 20 ms, encoded. */
export function tone(hertz: number, seconds: number, loudness = 8_000): Buffer[] {
  const encoder = new OpusScript(sampleRate, 1, OpusScript.Application.VOIP)
  const packets: Buffer[] = []
  for (let first = 0; first < seconds * sampleRate; first += frame) {
    const pcm = Buffer.alloc(frame * 2)
    for (let index = 0; index < frame; index += 1) {
      const value = loudness * Math.sin((2 * Math.PI * hertz * (first + index)) / sampleRate)
      pcm.writeInt16LE(Math.round(value), index * 2)
    }
    packets.push(Buffer.from(encoder.encode(pcm, frame)))
  }
  encoder.delete()
  return packets
}

/** An Ogg file of packets, with silence that nobody sent in front of each group but the first. */
export function oggOf(groups: readonly { readonly at: number; readonly packets: readonly Uint8Array[] }[]): Buffer {
  const writer = new OpusWriter({ preSkip: 312, serial: 7, channels: 1 })
  const parts = [writer.begin()]
  for (const { at, packets } of groups) {
    parts.push(writer.skipTo(at))
    for (const packet of packets) parts.push(writer.packet(packet))
  }
  return Buffer.concat([...parts, writer.end()])
}

export interface LeftSegment {
  readonly user: string
  readonly fromMs: number
  readonly ogg: Uint8Array
}

/** Puts a recording where a recorder would. */
export async function leave(folder: string, recordingId: string, segments: readonly LeftSegment[]): Promise<void> {
  await mkdir(join(folder, recordingId), { recursive: true })
  for (const [index, { user, fromMs, ogg }] of segments.entries()) {
    const path = join(folder, recordingId, `${index + 1}`)
    await writeFile(`${path}.ogg`, ogg)
    await writeFile(`${path}.json`, JSON.stringify({ user_id: user, from_ms: fromMs }))
  }
}
