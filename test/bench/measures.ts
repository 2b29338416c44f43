import { drain } from './drain.ts'
import type { Figure } from './figures.ts'
import { handOffs } from './hand-offs.ts'
import { gatewayHop } from './hop.ts'
import { joins } from './joins.ts'
import { lookups } from './lookups.ts'
import { idleRooms, measureNode } from './node.ts'
import { frozenOwner, killedOwner } from './recovery.ts'
import { signalLoad } from './signal-load.ts'
import { linksUnderTls } from './tls.ts'

/** Every measurement, by the name it is asked for. */
export const measures: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
  node: measureNode,
  signals: signalLoad,
  hop: async () => [await gatewayHop()],
  joins: () => joins(6_000),
  idle: async () => [await idleRooms(20_000)],
  'hand-offs': async () => [await handOffs(60)],
  drain: async () => [await drain(10_000)],
  killed: async () => [await killedOwner(20)],
  placement: lookups,
  tls: async () => [await linksUnderTls()],
  frozen: async () => [await frozenOwner(10)],
}
