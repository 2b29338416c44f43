/** Everything in Opus is counted at this rate, whatever it was recorded with. Hz. */
export const sampleRate = 48_000

/** Length of a frame by the upper five bits of a packet, samples (RFC 6716, table 2): SILK, hybrid, CELT. */
const frameSamples = [
  ...[480, 960, 1920, 2880, 480, 960, 1920, 2880, 480, 960, 1920, 2880],
  ...[480, 960, 480, 960],
  ...[120, 240, 480, 960, 120, 240, 480, 960, 120, 240, 480, 960, 120, 240, 480, 960],
]

/** How long a packet sounds, samples; 0 for one that is none. */
export function samplesIn(packet: Uint8Array): number {
  const [toc, count = 0] = packet
  if (toc === undefined) return 0
  const frames = (toc & 3) === 0 ? 1 : (toc & 3) === 3 ? count & 0x3f : 2
  const samples = frames * (frameSamples[toc >> 3] ?? 0)
  // A packet is never longer than 120 ms.
  return samples <= 5_760 ? samples : 0
}
