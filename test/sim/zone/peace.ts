import { isDeepStrictEqual } from 'node:util'
import { zoneDefinition } from '../../../actors/zone-root/index.ts'
import type { ZoneState } from '../../../actors/zone-root/state.ts'
import { toSnapshot } from '../../../actors/zone-root/snapshot.ts'
import { standing } from '../../../actors/sanction-book.ts'
import { replay } from '../../../cluster/actor-runtime/replay.ts'
import type { UserId } from '../../../protocol/ids.ts'
import { rulesOf } from '../../../protocol/zone/spec-rules.ts'
import { lookEveryMs, PeaceWithin } from '../peace.ts'
import { gatewayNames } from '../plan.ts'
import type { SimWorld } from '../world.ts'
import type { ZoneClients } from './clients.ts'
import type { ZoneOracle } from './oracle.ts'
import type { SimWalker } from './walkers.ts'

/** So long after the last fault everybody hears exactly who is near, ms. */
const peaceMs = 10_000
/** Places are sixteenths of a metre: two of them are off by so much. */
const quantumM = 0.1

/** What has to be true of a zone soon after the last fault. */
export class ZonePeace extends PeaceWithin<ZoneOracle> {
  readonly #clients: ZoneClients
  readonly #versionRead = new Map<string, number>()
  #questions = 0

  constructor(world: SimWorld<ZoneOracle>, clients: ZoneClients) {
    super(world, peaceMs)
    this.#clients = clients
  }

  override begin(): void {
    for (const gateway of gatewayNames) void this.#lookOnAndOn(gateway)
  }

  override async checkJournal(): Promise<void> {
    const { journal, oracle } = this.world
    const { state, seq } = oracle.known(oracle.root)
    const stored = replay(zoneDefinition, oracle.root, await journal.load(oracle.root))
    const isSame = isDeepStrictEqual(toSnapshot(stored.state as ZoneState), toSnapshot(state as ZoneState))
    if (stored.seq !== seq || !isSame) oracle.broken('I1', `${oracle.root} is stored otherwise than it was committed`)
  }

  protected override troubles(): readonly string[] {
    const { walkers } = this.#clients
    const { zone } = this.world.oracle.zone
    const troubles = this.#clients.isQuiet ? [] : ['a command has no answer']
    if (!zone) return [...troubles, 'there is no zone']
    for (const gateway of gatewayNames) {
      if (this.#versionRead.get(gateway) !== zone.version) troubles.push(`the zone is not read as it is by ${gateway}`)
    }
    for (const walker of walkers) troubles.push(...this.#troublesOf(walker))
    return troubles
  }

  #troublesOf(walker: SimWalker): string[] {
    const { name, player } = walker
    if (this.#has('ban', walker)) return player ? [`${name} is in the zone, and banned`] : []
    if (!player) return [`${name} is not in the zone`]
    const { isMuted, isDeafened } = player.standing
    const troubles: string[] = []
    if (isMuted !== this.#has('mute', walker)) troubles.push(`${name} is muted: ${isMuted}`)
    if (isDeafened !== this.#has('deafen', walker)) troubles.push(`${name} is deafened: ${isDeafened}`)
    return [...troubles, ...this.#troublesInHearing(walker)]
  }

  #troublesInHearing(one: SimWalker): string[] {
    const { rangeM, hysteresis } = rulesOf(this.world.oracle.zone.zone!.spec.rules)
    const heard = new Set(one.heard())
    const troubles: string[] = []
    for (const other of this.#clients.walkers) {
      if (!other.player || other === one) continue
      const hears = heard.delete(other.player.number)
      const awayM = Math.hypot(one.x - other.x, one.y - other.y)
      const mayHear = !this.#has('deafen', one) && !this.#has('mute', other)
      const isWrong = hears ? !mayHear || awayM > rangeM * hysteresis + quantumM : mayHear && awayM <= rangeM - quantumM
      if (isWrong) {
        troubles.push(`${one.name} ${hears ? 'hears' : 'does not hear'} ${other.name}, ${awayM.toFixed(1)} m away`)
      }
    }
    if (heard.size > 0) troubles.push(`${one.name} hears ${[...heard].join()}, who is nobody`)
    return troubles
  }

  #has(kind: 'mute' | 'deafen' | 'ban', { user }: { readonly user: UserId }): boolean {
    return standing(this.world.oracle.zone.book, kind, user, this.world.time.wallMs()) !== null
  }

  async #lookOnAndOn(gateway: string): Promise<void> {
    const { time, oracle } = this.world
    this.#questions += 1
    const asked = { source: `peace-${gateway}`, number: this.#questions, command: { type: 'view' }, isRead: true }
    const result = await this.#clients.ask(gateway, oracle.root, asked)
    if (result.status === 'ok') this.#versionRead.set(gateway, (result.value as { version: number }).version)
    time.after(lookEveryMs, () => void this.#lookOnAndOn(gateway))
  }
}
