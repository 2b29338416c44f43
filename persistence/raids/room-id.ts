import { createHash } from 'node:crypto'
import type { RoomId } from '../../protocol/ids.ts'
import type { RaidId, RaidSlot } from '../../protocol/raids/values.ts'

/** The room of an occurrence: a version 8 UUID (RFC 9562) that follows from its name, so that making it twice makes it once. */
export function raidRoomId(raidId: RaidId, slot: RaidSlot): RoomId {
  const bytes = createHash('sha256').update(`raid room\n${raidId}\n${slot}`).digest().subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-') as RoomId
}
