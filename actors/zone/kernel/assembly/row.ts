import * as column from './columns'
import { apply } from './changes'
import { clearCounts, tellCounts } from './counts'
import { lookAtMembers, renewed, someoneBegan, stayingInRange, tierOf } from './members'
import { beginLook, countAround, find, mark } from './near'
import { rankIfDue } from './ranking'
import { silence } from './speech'

/** What `look` says when more are near than a row may hold. */
export const tooMany: u32 = 2

/**
 * Looks at one listener: who comes into earshot and who leaves it, what is new of those who stay, and who holds which media slot. 0 if
 * nothing is new; 1 if something is, and then `counts` and the columns of changes say what; `tooMany`, with nothing carried out, if
 * more are near than may be in earshot.
 */
export function look(listener: u32, tick: u32): u32 {
  const start = column.startOf(listener)
  const end = start + column.membersOf(listener)
  const from = f32x4.replace_lane(column.placeOf(listener), 3, 0)
  const hears = load<u32>(column.hearMask + ((<usize>listener) << 2))
  const isRenewed = (load<u16>(column.pulse + ((<usize>listener) << 1)) & renewed) != 0
  clearCounts()
  const leaves = lookAtMembers(start, end, from, hears, isRenewed)
  // Whoever stays in earshot and within range is one of those around: if they are as many, nobody is new.
  const around = countAround(listener) - <u32>column.meets(hears, listener)
  const others = around > stayingInRange() ? around - stayingInRange() : 0
  if (end - start + others - leaves > column.rowMost()) return tooMany
  const enters = others > 0 ? findNew(listener, start, end, others) : 0
  return settle(listener, tick, enters, leaves)
}

/** Those in range who are not in the row, of whom there are `most`. How many were found. */
function findNew(listener: u32, start: u32, end: u32, most: u32): u32 {
  const marked = beginLook()
  mark(listener, marked)
  for (let at = start; at < end; at++) mark(column.peerAt(at), marked)
  const enters = find(listener, most)
  for (let at: u32 = 0; at < enters; at++) {
    store<u8>(column.foundTier + <usize>at, <u8>tierOf(load<f32>(column.foundSquare + ((<usize>at) << 2))))
  }
  return enters
}

/**
 * Takes in who was found, `enters` of them in `foundSlot` and `foundTier`, and out those in `leaveAt`; gives the media slots out anew.
 * Whether anything is new to the listener.
 */
export function settle(listener: u32, tick: u32, enters: u32, leaves: u32): u32 {
  if ((enters | leaves) != 0) apply(listener, enters, leaves)
  rankIfDue(listener, tick, someoneBegan() || isStirred(listener, enters))
  return <u32>tellCounts()
}

/** Whether one who enters may rank high at once: they speak or spoke, or are of the party. Others wait until ranks are due. */
function isStirred(listener: u32, enters: u32): bool {
  const mates = load<u32>(column.party + ((<usize>listener) << 2))
  for (let n: usize = 0; n < <usize>enters; n++) {
    const peer = (<usize>load<u16>(column.foundSlot + (n << 1))) << 2
    if (load<f32>(column.weight + peer) > silence || (mates != 0 && load<u32>(column.party + peer) == mates))
      return true
  }
  return false
}
