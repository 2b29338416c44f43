import { Batch, epochInFrame, recordBytes } from '../../../protocol/zone/frames.ts'
import type { World } from './world.ts'

/** Positions in one batch of 1,400 B, as gateways send them. */
const batchMost = 99

/** Where positions go. */
export interface BatchTarget {
  readonly zone: number
  readonly region: number
  /** Of the region. */
  readonly epoch: number
  /** By player of the world. */
  readonly slots: Uint32Array
}

/** A place as frames carry it: whole steps, within 16 bits. */
export const clamp = (value: number): number => Math.max(0, Math.min(65_535, Math.round(value)))

/** Where those of the world are, and how fast, in as many batches as it takes. */
export function batchesOf(world: World, players: readonly number[], target: BatchTarget): readonly Uint8Array[] {
  const batches: Uint8Array[] = []
  for (let at = 0; at < players.length; at += batchMost) {
    batches.push(batchOf(world, players.slice(at, at + batchMost), target))
  }
  return batches
}

function batchOf(world: World, players: readonly number[], { zone, region, epoch, slots }: BatchTarget): Uint8Array {
  const bytes = new Uint8Array(recordBytes.batchHeader + players.length * recordBytes.batchRecord)
  const view = new DataView(bytes.buffer)
  view.setUint8(0, Batch.code)
  view.setUint32(1, zone, true)
  view.setUint16(5, region, true)
  view.setUint32(7, epochInFrame(epoch), true)
  view.setUint16(11, players.length, true)
  let at: number = recordBytes.batchHeader
  for (const n of players) {
    view.setUint32(at, slots[n]!, true)
    view.setUint16(at + 4, clamp(world.x[n]!), true)
    view.setUint16(at + 6, clamp(world.y[n]!), true)
    view.setUint8(at + 11, 0b10 | (world.speaks(n) ? 1 : 0))
    view.setInt8(at + 12, world.eighthsX[n]!)
    view.setInt8(at + 13, world.eighthsY[n]!)
    at += recordBytes.batchRecord
  }
  return bytes
}
