/*
 * Where the columns of an engine begin in its memory, B: `layout.ts` says what stands there, and `bind` is called once, with
 * the addresses in the order of its names.
 */
export let place: usize = 0
export let kind: usize = 0
export let stance: usize = 0
export let speakMask: usize = 0
export let hearMask: usize = 0
export let party: usize = 0
export let partyNext: usize = 0
export let spokeAt: usize = 0
export let velocity: usize = 0
export let renewed: usize = 0
export let told: usize = 0
export let toldVelocity: usize = 0
export let toldAt: usize = 0
export let settled: usize = 0
export let pulse: usize = 0
export let weight: usize = 0
export let layer: usize = 0
export let cellStart: usize = 0
export let nearAt: usize = 0
export let near: usize = 0
export let nearSlot: usize = 0
export let nearMarked: usize = 0
export let foundSlot: usize = 0
export let foundSquare: usize = 0
export let foundTier: usize = 0
export let crowd: usize = 0
export let fine: usize = 0
export let fineX: usize = 0
export let fineY: usize = 0
export let fineZ: usize = 0
export let fineRange: usize = 0
export let fineMask: usize = 0
export let fineSlot: usize = 0
export let fineCell: usize = 0
export let met: usize = 0
export let chosenSlot: usize = 0
export let heapScore: usize = 0
export let heapSlot: usize = 0
export let lastAlias: usize = 0
export let rowMembers: usize = 0
export let row: usize = 0
export let leaveAt: usize = 0
export let counts: usize = 0
export let enterAlias: usize = 0
export let enterPeer: usize = 0
export let enterTier: usize = 0
export let leaveAlias: usize = 0
export let renewAlias: usize = 0
export let renewPeer: usize = 0
export let renewTier: usize = 0
export let updateAlias: usize = 0
export let updatePeer: usize = 0
export let updateTier: usize = 0
export let gain: usize = 0
export let score: usize = 0
export let free: usize = 0
export let losable: usize = 0
export let holds: usize = 0
export let slotTaken: usize = 0
export let slotSince: usize = 0
export let slotHeld: usize = 0
export let slotLinked: usize = 0
export let slotIndex: usize = 0
export let slotAlias: usize = 0
export let lanes: usize = 0
export let fineStart: usize = 0

/** Takes the addresses from a list of them, in the order above. */
export function bind(list: usize): void {
  place = load<u32>(list, 0)
  kind = load<u32>(list, 4)
  stance = load<u32>(list, 8)
  speakMask = load<u32>(list, 12)
  hearMask = load<u32>(list, 16)
  party = load<u32>(list, 20)
  partyNext = load<u32>(list, 24)
  spokeAt = load<u32>(list, 28)
  velocity = load<u32>(list, 32)
  renewed = load<u32>(list, 36)
  told = load<u32>(list, 40)
  toldVelocity = load<u32>(list, 44)
  toldAt = load<u32>(list, 48)
  settled = load<u32>(list, 52)
  pulse = load<u32>(list, 56)
  weight = load<u32>(list, 60)
  layer = load<u32>(list, 64)
  cellStart = load<u32>(list, 68)
  nearAt = load<u32>(list, 72)
  near = load<u32>(list, 76)
  nearSlot = load<u32>(list, 80)
  nearMarked = load<u32>(list, 84)
  foundSlot = load<u32>(list, 88)
  foundSquare = load<u32>(list, 92)
  foundTier = load<u32>(list, 96)
  crowd = load<u32>(list, 100)
  fine = load<u32>(list, 104)
  fineX = load<u32>(list, 108)
  fineY = load<u32>(list, 112)
  fineZ = load<u32>(list, 116)
  fineRange = load<u32>(list, 120)
  fineMask = load<u32>(list, 124)
  fineSlot = load<u32>(list, 128)
  fineCell = load<u32>(list, 132)
  met = load<u32>(list, 136)
  chosenSlot = load<u32>(list, 140)
  heapScore = load<u32>(list, 144)
  heapSlot = load<u32>(list, 148)
  lastAlias = load<u32>(list, 152)
  rowMembers = load<u32>(list, 156)
  row = load<u32>(list, 160)
  leaveAt = load<u32>(list, 164)
  counts = load<u32>(list, 168)
  enterAlias = load<u32>(list, 172)
  enterPeer = load<u32>(list, 176)
  enterTier = load<u32>(list, 180)
  leaveAlias = load<u32>(list, 184)
  renewAlias = load<u32>(list, 188)
  renewPeer = load<u32>(list, 192)
  renewTier = load<u32>(list, 196)
  updateAlias = load<u32>(list, 200)
  updatePeer = load<u32>(list, 204)
  updateTier = load<u32>(list, 208)
  gain = load<u32>(list, 212)
  score = load<u32>(list, 216)
  free = load<u32>(list, 220)
  losable = load<u32>(list, 224)
  holds = load<u32>(list, 228)
  slotTaken = load<u32>(list, 232)
  slotSince = load<u32>(list, 236)
  slotHeld = load<u32>(list, 240)
  slotLinked = load<u32>(list, 244)
  slotIndex = load<u32>(list, 248)
  slotAlias = load<u32>(list, 252)
  lanes = load<u32>(list, 256)
  fineStart = load<u32>(list, 260)
}

let slots: u32 = 0
let rowLength: u32 = 0

/** Slots, and entries of a row. */
export function setSizes(capacity: u32, length: u32): void {
  slots = capacity
  rowLength = length
}

/** How many slots there are. */
export function slotsMost(): u32 {
  return slots
}

/** How many entries a row may have. */
export function rowMost(): u32 {
  return rowLength
}

/** The first entry of a listener's row. */
export function startOf(listener: u32): u32 {
  return listener * rowLength
}

/** How many entries of it count. */
export function membersOf(listener: u32): u32 {
  return load<u8>(rowMembers + listener)
}

/** Whether a slot is a listener. What kinds there are: players.ts. */
export function listens(slot: u32): bool {
  return load<u8>(kind + slot) == 1
}

/** Whether a slot stands somewhere: a listener, or a ghost. */
export function stands(slot: u32): bool {
  const is = load<u8>(kind + slot)
  return is == 1 || is == 2
}

/** x, y, z and range² of a slot. */
export function placeOf(slot: u32): v128 {
  return v128.load(place + ((<usize>slot) << 4))
}

/** In steps². */
export function squareBetween(one: u32, other: u32): f32 {
  const d = f32x4.sub(placeOf(other), placeOf(one))
  const squares = f32x4.mul(d, d)
  return f32x4.extract_lane(squares, 0) + f32x4.extract_lane(squares, 1) + f32x4.extract_lane(squares, 2)
}

/** Whether a listener with that mask hears a slot. */
export function meets(hears: u32, slot: u32): bool {
  return (load<u32>(speakMask + ((<usize>slot) << 2)) & hears) != 0
}

/** Where an entry of the rows stands: who in its first two bytes, then the alias, then the mark. */
export function entry(at: u32): usize {
  return row + ((<usize>at) << 2)
}

/** Who stands at an entry of the rows. */
export function peerAt(at: u32): u32 {
  return load<u16>(entry(at))
}

export function aliasAt(at: u32): u8 {
  return load<u8>(entry(at), 2)
}

export function markAt(at: u32): u32 {
  return load<u8>(entry(at), 3)
}

export function setMark(at: u32, mark: u32): void {
  store<u8>(entry(at), <u8>mark, 3)
}
