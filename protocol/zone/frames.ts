import { list, type Field } from './layout.ts'

/*
 * FROZEN once released: a client that is not updated reads these bytes. What is new gets a new type, or a bit that was reserved.
 */

const field = <const Name extends string>(
  name: Name,
  type: Field['type'],
  says: string,
  more: Partial<Field> = {},
): Field<Name> => ({ ...more, name, type, says })

const bits = (allowed: number) => (value: number) => {
  if ((value & ~allowed) !== 0) return 'has a reserved bit'
  return ((value >> 1) & 3) === 3 ? 'has a stance that does not exist' : null
}

/** What the flags of a position say. Stance: 0 whisper, 1 talk, 2 shout. */
export const positionFlags = { speaks: 1, stanceShift: 1, stanceBits: 0b110, leaps: 8, still: 16 } as const

/** What the flags of somebody in earshot say. */
export const peerFlags = { speaks: 1, stanceShift: 1, stanceBits: 0b110, party: 8 } as const

const x = field('x', 'u16', 'east of the origin, 1/16 m')
const y = field('y', 'u16', 'north of the origin, 1/16 m')
const z = field('z', 'i16', 'above the origin, 1/16 m')
const vx = field('vx', 'i8', 'velocity east, 1/8 m/s')
const vy = field('vy', 'i8', 'velocity north, 1/8 m/s')
const yaw = field('yaw', 'u8', 'where they look, 1/256 turn, from east over north')
const tick = field('tick', 'u8', 'number of the tick, its lowest byte')
const alias = field('alias', 'u8', 'what the listener knows them by', { min: 1 })
const ownFlags = field(
  'flags',
  'u8',
  'bit 0 speaks; bits 1-2 stance (0 whisper, 1 talk, 2 shout); bit 3 leaps; bit 4 stands still',
  {
    problem: bits(0b1_1111),
  },
)
const seenFlags = field(
  'flags',
  'u8',
  'bit 0 speaks; bits 1-2 stance (0 whisper, 1 talk, 2 shout); bit 3 of your party',
  {
    problem: bits(0b1111),
  },
)
const player = field('player', 'u32', "the zone's number of the player")
const epoch = field('epoch', 'u32', 'epoch of the region on its node; frames of a lower one are stale')
const zone = field('zone', 'u32', "the cluster's number of the zone")
const region = field('region', 'u16', 'the region of the zone')

const enter = list('enter', 'enters', [alias, seenFlags, player, x, y, z, vx, vy])
const slot = list('slot', 'slots', [
  field('slot', 'u8', 'media slot', { max: 31 }),
  field('alias', 'u8', 'who is heard on it; 0 for nobody'),
])

/** Where a client is. */
export const Position = {
  name: 'position',
  code: 0x01,
  from: 'client',
  to: 'gateway',
  says: 'Where the player is. The last one before a tick counts; one that comes late is dropped by its number.',
  header: [ownFlags, field('seq', 'u16', 'counts up by 1, and begins again at 0'), x, y, z, yaw, vx, vy],
  lists: [],
} as const

/** A client has lost the thread. */
export const ResyncAsk = {
  name: 'resync_ask',
  code: 0x02,
  from: 'client',
  to: 'gateway',
  says: 'The hash did not fit what the client knows: it wants to hear everything again.',
  header: [epoch, field('hash', 'u16', 'what the client makes of its aliases')],
  lists: [],
} as const

/** All positions that came to a gateway for one region since the last batch. */
export const Batch = {
  name: 'batch',
  code: 0x10,
  from: 'gateway',
  to: 'region',
  says: 'All positions that came to the gateway for one region since the last batch.',
  header: [zone, region, epoch, field('count', 'u16', 'number of positions')],
  lists: [
    list('position', 'count', [
      field('slot', 'u32', 'the slot in the region, and above 16 bits the number of its holder'),
      x,
      y,
      z,
      yaw,
      ownFlags,
      vx,
      vy,
    ]),
  ],
} as const

/** What is new to one listener. */
export const Changes = {
  name: 'changes',
  code: 0x20,
  from: 'region',
  to: 'client',
  says: 'What is new to the listener in this tick. To be read in the order of its lists. Without anything new there is none.',
  header: [
    tick,
    field('enters', 'u8', 'number of people who come into earshot'),
    field('leaves', 'u8', 'number of aliases that end'),
    field('updates', 'u8', 'number of people whose place was not where it was thought'),
    field('slots', 'u8', 'number of media slots that change hands'),
  ],
  lists: [list('leave', 'leaves', [alias]), enter, list('update', 'updates', [alias, x, y, z, vx, vy]), slot],
} as const

/** Everything a listener has to know. */
export const Resync = {
  name: 'resync',
  code: 0x21,
  from: 'region',
  to: 'client',
  says: 'Everything: who is in earshot and who is audible. Whatever the client knew before is over.',
  header: [
    tick,
    epoch,
    field('originX', 'i32', 'where the origin of the region lies in the zone, 1/16 m east'),
    field('originY', 'i32', 'the same, north'),
    field('originZ', 'i32', 'the same, up'),
    field('hz', 'u8', 'ticks a second', { min: 1, max: 30 }),
    field('enters', 'u8', 'number of people in earshot'),
    field('slots', 'u8', 'number of media slots in use'),
  ],
  lists: [enter, slot],
} as const

/** What a listener's aliases come to. */
export const Hash = {
  name: 'hash',
  code: 0x22,
  from: 'region',
  to: 'client',
  says: 'Every 5 s: the sum over all aliases in use. A client that comes to another sum asks for a resync.',
  header: [
    tick,
    field('hash', 'u16', 'sum of (alias * 40503 + player * 30011) over everybody in earshot, its lowest 16 bits'),
  ],
  lists: [],
} as const

/** Those near a border, for the region on its other side. */
export const Ghosts = {
  name: 'ghosts',
  code: 0x30,
  from: 'region',
  to: 'region',
  says: 'Those near a border, for the region on its other side; places from the origin of the one that is told.',
  header: [
    zone,
    region,
    epoch,
    field(
      'seq',
      'u16',
      'counts up by 1, from 65535 to 1; one that is missing makes the other side ask for all; 0 is all anew',
    ),
    field('appears', 'u16', 'number of those who come near'),
    field('moves', 'u16', 'number of those who are not where they were thought'),
    field('gone', 'u16', 'number of those who are near no more'),
  ],
  lists: [
    list('appear', 'appears', [
      player,
      field('speakMask', 'u32', 'bits by which they are heard'),
      field('party', 'u32', 'their party; 0 for none'),
      seenFlags,
      x,
      y,
      z,
      vx,
      vy,
    ]),
    list('move', 'moves', [player, seenFlags, x, y, z, vx, vy]),
    list('gone', 'gone', [player]),
  ],
} as const

/**
 * Frames for the clients of one gateway, of one tick. Behind its header come records of no one length, which `delivered.ts` writes and reads, each with
 * a `changes`, a `resync` or a `hash` in it; or with nothing, once in `silenceMs / 2`, so that the gateway hears of the owner.
 */
export const Delivered = {
  name: 'delivered',
  code: 0x40,
  from: 'region',
  to: 'gateway',
  says: 'What the players of one gateway are told in one tick: records, each with the bytes of a frame behind it.',
  header: [zone, region, field('count', 'u16', 'number of records')],
  lists: [],
} as const

/** Every frame of a zone, in the order of the page. */
export const zoneFrames = [Position, ResyncAsk, Batch, Changes, Resync, Hash, Ghosts] as const

/** B of the records that the engine writes by hand. */
export const recordBytes = {
  position: 13,
  batchHeader: 13,
  batchRecord: 14,
  changesHeader: 6,
  enter: 14,
  update: 9,
  slot: 2,
  resyncHeader: 21,
} as const

/** What frames carry of a region's epoch on its node: its lowest 32 bits. */
export const epochInFrame = (epoch: number): number => epoch % 4_294_967_296

/** What the aliases of a listener come to: one summand for each of them, in any order. */
export const hashOf = (alias: number, player: number): number => (alias * 40503 + Math.imul(player, 30011)) & 0xffff
