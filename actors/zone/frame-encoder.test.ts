import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeFrame } from '../../protocol/zone/codec.ts'
import { hashOf } from '../../protocol/zone/frames.ts'
import { ZoneEngine } from './engine.ts'
import { FrameEncoder } from './frame-encoder.ts'
import { defaultRules } from '../../protocol/zone/rules.ts'

const arrival = (player: number, x: number, y: number) => ({
  ...{ player, x, y, z: 0, stance: 1, speakMask: 1, hearMask: 1, party: 0 },
})

interface Known {
  readonly player: number
  flags: number
}

/** A client that knows nothing but bytes. */
class ByteClient {
  readonly heard = new Map<number, Known>()
  readonly slots = new Map<number, number>()
  hashes = 0

  take(bytes: Uint8Array): void {
    const frame = decodeFrame(bytes)
    if (frame.type === 'resync') {
      this.heard.clear()
      this.slots.clear()
      for (const { alias, player, flags } of frame.enter) this.heard.set(alias, { player, flags })
      for (const { slot, alias } of frame.slot) this.slots.set(slot, alias)
    } else if (frame.type === 'changes') {
      for (const { alias } of frame.leave) assert.ok(this.heard.delete(alias))
      for (const { alias, player, flags } of frame.enter) this.heard.set(alias, { player, flags })
      for (const { alias } of frame.update) assert.ok(this.heard.has(alias))
      for (const { slot, alias } of frame.slot) {
        if (alias === 0) this.slots.delete(slot)
        else this.slots.set(slot, alias)
      }
    } else {
      assert.equal(frame.type, 'hash')
      const sum = [...this.heard].reduce((sum, [alias, { player }]) => (sum + hashOf(alias, player)) & 0xffff, 0)
      assert.equal('hash' in frame && frame.hash, sum, 'the hash is not that of what the client knows')
      this.hashes++
    }
  }
}

test("each client's folded frames are the region's sets, and every hash fits", () => {
  let hashes = 0
  const place = fc.tuple(fc.integer({ min: 0, max: 2400 }), fc.integer({ min: 0, max: 2400 }))
  fc.assert(
    fc.property(fc.array(place, { minLength: 10, maxLength: 60, size: 'max' }), fc.nat(), (places, asked) => {
      const engine = new ZoneEngine({ ...defaultRules, audibleMax: 6 }, 100)
      const clients = new Map<number, ByteClient>()
      const encoder = new FrameEncoder(
        engine,
        { epoch: 3, originX: -16, originY: 0, originZ: 0 },
        (slot, bytes, length) => clients.get(slot)!.take(bytes.subarray(0, length)),
      )
      const slots = places.map(([x, y], n) => {
        const slot = engine.join(arrival(n + 1, x, y))
        clients.set(slot, new ByteClient())
        encoder.resync(slot)
        return slot
      })
      for (let tick = 0; tick < 60; tick++) {
        for (const slot of slots) {
          const at = slot * 4
          const [x, y] = [engine.players.place[at]!, engine.players.place[at + 1]!]
          if (slot % 3 > 0) engine.move(slot, x + (slot % 7) - 3, y + (slot % 5) - 2, 0, slot % 4, 0)
          if (slot % 9 === tick % 9) engine.speak(slot)
        }
        if (tick === 20) encoder.resync(slots[asked % slots.length]!)
        if (tick === 30) engine.setStance(slots[asked % slots.length]!, 2)
        encoder.tick()
        for (const slot of slots) {
          const { rows } = engine.earshot
          const start = rows.startOf(slot)
          const client = clients.get(slot)!
          const said = [...client.heard].map(([alias, { player }]) => `${alias} ${player}`)
          const is = Array.from({ length: rows.members[slot]! }, (_, n) => {
            return `${rows.alias(start + n)} ${engine.players.player[rows.peer(start + n)]}`
          })
          assert.deepEqual(said.sort(), is.sort())
          assert.equal(client.slots.size, engine.earshot.slots.held(slot))
          for (const { player, flags } of client.heard.values()) {
            assert.equal((flags >> 1) & 3, engine.players.stance[slots[player - 1]!], 'an old stance')
          }
        }
      }
      for (const client of clients.values()) hashes += client.hashes
    }),
    { numRuns: 30, seed: 9 },
  )
  assert.ok(hashes > 500)
})
