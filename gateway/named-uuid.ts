import { createHash } from 'node:crypto'

/** A version 8 UUID (RFC 9562: made by the application's own rule) that follows from these words. */
export function namedUuid(...words: readonly string[]): string {
  const own = createHash('sha256').update(words.join('\n')).digest().subarray(0, 16)
  own.writeUInt8((own.readUInt8(6) & 0x0f) | 0x80, 6)
  own.writeUInt8((own.readUInt8(8) & 0x3f) | 0x80, 8)
  const hex = own.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
