import { randomUUID } from 'node:crypto'
import type { Member, MemberFacts } from '../../cluster/membership/port.ts'
import type { Incarnation, ProcessId, UserId } from '../../protocol/ids.ts'
import type { RoomSpec } from '../../protocol/room/commands.ts'

/** What a process tells of itself, with defaults; a fresh incarnation each time. */
export const memberFacts = (process: string, over: Partial<MemberFacts> = {}): MemberFacts => ({
  process: process as ProcessId,
  incarnation: randomUUID() as Incarnation,
  role: 'node',
  pid: 1,
  address: { host: '127.0.0.1', port: 7101 },
  adminPort: 9101,
  hostLabel: 'here',
  region: null,
  protocol: { min: 1, max: 1 },
  placementVersion: 1,
  weight: 1,
  startedAtMs: 0,
  ...over,
})

/** A node that is up, with defaults. */
export const upMember = (process: string, over: Partial<Member> = {}): Member => ({
  ...memberFacts(process),
  state: 'up',
  load: 0,
  leaseLeftMs: 3_000,
  ...over,
})

/** Everything a room is made of, with defaults. */
export const roomSpec = (over: Partial<RoomSpec> = {}): RoomSpec => ({
  owner_id: 'owner' as UserId,
  name: 'Raid night',
  description: '',
  room_type: 'group',
  max_participants: 10,
  quality_preset: 'high',
  is_private: false,
  is_temporary: false,
  is_moderated: false,
  allow_recording: false,
  password_hash: null,
  region: null,
  game_server_id: null,
  guild_id: null,
  scheduled_end_at_ms: null,
  settings: {},
  permissions: {},
  metadata: {},
  ...over,
})
