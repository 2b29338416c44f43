import * as column from './columns'
import { setMoves, setSlots, slotCount } from './counts'
import { laneBits } from './lanes'

/** Carries out what was found: who leaves gives the alias and the slot back before anybody enters. */
export function apply(listener: u32, enters: u32, leaves: u32): void {
  const start = column.startOf(listener)
  let end = start + column.membersOf(listener)
  // From the last to the first, so that whoever comes in the place of one who left is not one who leaves.
  for (let n: i32 = leaves - 1; n >= 0; n--) {
    const at = load<u32>(column.leaveAt + ((<usize>n) << 2))
    store<u8>(column.leaveAlias + <usize>(leaves - 1 - n), column.aliasAt(at))
    const holds = column.markAt(at) >> 2
    if (holds != 0) release(listener, holds - 1)
    store<u32>(column.entry(at), load<u32>(column.entry(--end)))
  }
  for (let n: usize = 0; n < <usize>enters; n++) {
    const peer = load<u16>(column.foundSlot + (n << 1))
    const tier = load<u8>(column.foundTier + n)
    const alias = newAlias(listener, start, end)
    store<u32>(column.entry(end), (<u32>peer) | ((<u32>alias) << 16) | ((<u32>tier) << 24))
    end++
    store<u8>(column.enterAlias + n, alias)
    store<u16>(column.enterPeer + (n << 1), peer)
    store<u8>(column.enterTier + n, tier)
  }
  store<u8>(column.rowMembers + listener, <u8>(end - start))
  setMoves(enters, leaves)
}

/** Who held that slot left earshot: it is empty. */
function release(listener: u32, index: u32): void {
  const taken = column.slotTaken + ((<usize>listener) << 2)
  const held = column.slotHeld + listener
  store<u32>(taken, load<u32>(taken) & ~(1 << index))
  store<u8>(held, load<u8>(held) - 1)
  tellSlot(index, 0)
}

/** What a slot holds at last; an earlier word of the same tick is overwritten. */
export function tellSlot(index: u32, alias: u8): void {
  const told = slotCount()
  let at: u32 = 0
  while (at < told && load<u8>(column.slotIndex + <usize>at) != index) at++
  store<u8>(column.slotIndex + <usize>at, <u8>index)
  store<u8>(column.slotAlias + <usize>at, alias)
  if (at == told) setSlots(told + 1)
}

/** The next alias in turn that is free. There are 255, and never more than 80 in use. */
function newAlias(listener: u32, start: u32, end: u32): u8 {
  let alias = <u32>load<u8>(column.lastAlias + listener)
  do {
    alias = alias == 255 ? 1 : alias + 1
  } while (isInUse(alias, start, end))
  store<u8>(column.lastAlias + listener, <u8>alias)
  return <u8>alias
}

function isInUse(alias: u32, start: u32, end: u32): bool {
  const all = i32x4.splat(alias << 16)
  for (let at = start; at < end; at += 4) {
    const aliases = v128.and(v128.load(column.entry(at)), i32x4.splat(0xff_0000))
    if (((<u32>i32x4.bitmask(i32x4.eq(aliases, all))) & laneBits(end - at)) != 0) return true
  }
  return false
}
