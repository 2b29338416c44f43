import assert from 'node:assert/strict'
import type { ListenerChanges } from './changes.ts'
import { ZoneEngine } from './engine.ts'
import type { Arrival } from './players.ts'
import { defaultRules, rangeSteps, stepsPerMetre, type ZoneRules } from '../../protocol/zone/rules.ts'

export const inSteps = (metres: number): number => Math.round(metres * stepsPerMetre)

/** A player as a test thinks of one. Metres. */
export interface Someone {
  x: number
  y: number
  z: number
  stance: number
  speak: number
  hear: number
  party: number
  listens: boolean
}

export const someone = (x: number, y: number, more: Partial<Someone> = {}): Someone => ({
  ...{ x, y, z: 0, stance: 1, speak: 1, hear: 1, party: 0, listens: true },
  ...more,
})

/** What a client knows: it folds what it is told, and nothing else. Holds the promises about aliases and slots. */
export class Client {
  /** Name by alias. */
  readonly heard = new Map<number, number>()
  /** Alias by media slot. */
  readonly slots = new Map<number, number>()
  readonly #lastUsed = new Map<number, number>()

  fold(tick: number, changes: ListenerChanges, nameOf: (slot: number) => number): void {
    for (let n = 0; n < changes.leaves; n++) {
      const alias = changes.leaveAlias[n]!
      assert.ok(this.heard.delete(alias), 'an alias that is not in use ends')
      this.#lastUsed.set(alias, tick)
    }
    for (let n = 0; n < changes.enters; n++) {
      const alias = changes.enterAlias[n]!
      assert.ok(alias > 0 && !this.heard.has(alias), 'an alias in use is given out')
      assert.ok(tick - (this.#lastUsed.get(alias) ?? -9) > 2, 'an alias comes again within two ticks')
      this.heard.set(alias, nameOf(changes.enterPeer[n]!))
    }
    for (let n = 0; n < changes.updates; n++) {
      assert.equal(this.heard.get(changes.updateAlias[n]!), nameOf(changes.updatePeer[n]!), 'an update of a stranger')
    }
    for (let n = 0; n < changes.slots; n++) {
      if (changes.slotAlias[n] === 0) this.slots.delete(changes.slotIndex[n]!)
      else this.slots.set(changes.slotIndex[n]!, changes.slotAlias[n]!)
    }
    for (const alias of this.slots.values()) assert.ok(this.heard.has(alias), 'a media slot of somebody out of earshot')
    assert.equal(new Set(this.slots.values()).size, this.slots.size, 'somebody holds two media slots')
  }

  get names(): number[] {
    return [...this.heard.values()].sort((a, b) => a - b)
  }

  get audible(): number[] {
    return [...this.slots.values()].map((alias) => this.heard.get(alias)!).sort((a, b) => a - b)
  }
}

/**
 * An engine with its clients, and beside it an oracle that looks at every pair and remembers who heard whom: the rules said once
 * more, in another way.
 */
export class ZoneKit {
  readonly engine: ZoneEngine
  readonly rules: ZoneRules
  readonly people = new Map<number, Someone>()
  readonly clients = new Map<number, Client>()
  /** Who is heard, by listener, by name; for those not in a crowd it is what must be. */
  readonly expected = new Map<number, Set<number>>()
  readonly slotOf = new Map<number, number>()
  readonly #names = new Map<number, number>()
  #next = 1

  constructor(rules: Partial<ZoneRules> = {}, capacity = 400) {
    this.rules = { ...defaultRules, ...rules }
    this.engine = new ZoneEngine(this.rules, capacity)
  }

  join(who: Someone): number {
    const name = this.#next++
    const slot = who.listens
      ? this.engine.join(this.#arrival(name, who))
      : this.engine.joinGhost(this.#arrival(name, who))
    assert.ok(slot >= 0)
    this.people.set(name, { ...who })
    this.slotOf.set(name, slot)
    this.#names.set(slot, name)
    if (who.listens) {
      this.clients.set(name, new Client())
      this.expected.set(name, new Set())
    }
    return name
  }

  leave(name: number): void {
    this.engine.leave(this.slotOf.get(name)!)
    for (const map of [this.people, this.clients, this.expected, this.slotOf]) map.delete(name)
    for (const heard of this.expected.values()) heard.delete(name)
  }

  change(name: number, change: Partial<Someone>): void {
    const who = Object.assign(this.people.get(name)!, change)
    const slot = this.slotOf.get(name)!
    this.engine.move(slot, inSteps(who.x), inSteps(who.y), inSteps(who.z), 0, 0)
    this.engine.setStance(slot, who.stance)
    if (change.speak !== undefined || change.hear !== undefined) this.engine.setMasks(slot, who.speak, who.hear)
    if (change.party !== undefined) this.engine.setParty(slot, who.party)
  }

  tick(): void {
    const tick = this.engine.now
    for (const [listener, heard] of this.expected) {
      for (const name of this.people.keys()) {
        if (this.mayHear(listener, name, heard.has(name))) heard.add(name)
        else heard.delete(name)
      }
    }
    this.engine.tick((slot, changes) => {
      const listener = this.#names.get(slot)!
      this.clients.get(listener)!.fold(tick, changes, (peer) => this.#names.get(peer)!)
    })
  }

  /** Whether somebody may be in earshot: at the range for those who are not, up to the edge for those who are. */
  mayHear(listener: number, name: number, already: boolean): boolean {
    const one = this.people.get(listener)!
    const other = this.people.get(name)!
    if (listener === name || (one.hear & other.speak) === 0) return false
    const range = rangeSteps(this.rules, other.stance) ** 2
    return this.square(listener, name) <= (already ? range * this.rules.hysteresis ** 2 : range)
  }

  /** Square of their distance in steps. */
  square(one: number, other: number): number {
    const [a, b] = [this.people.get(one)!, this.people.get(other)!]
    const along = (axis: 'x' | 'y' | 'z') => (inSteps(a[axis]) - inSteps(b[axis])) ** 2
    return along('x') + along('y') + along('z')
  }

  isCrowded(name: number): boolean {
    return this.engine.earshot.crowd[this.slotOf.get(name)!] === 1
  }

  #arrival(player: number, who: Someone): Arrival {
    const { stance, speak, hear, party } = who
    const place = { x: inSteps(who.x), y: inSteps(who.y), z: inSteps(who.z) }
    return { player, ...place, stance, speakMask: speak, hearMask: hear, party }
  }
}
