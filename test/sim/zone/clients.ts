import type { UserId } from '../../../protocol/ids.ts'
import type { Principal } from '../../../protocol/room/values.ts'
import type { ZoneCommand } from '../../../protocol/zone/commands.ts'
import { cellM, mayCut, regionsOf, shareCut } from '../../../protocol/zone/region-map.ts'
import { defaultZone } from '../../../protocol/zone/spec-rules.ts'
import type { SeededRandom } from '../../support/seeded-random.ts'
import { AskingClients } from '../asking.ts'
import type { SimWorld } from '../world.ts'
import type { ZoneGateways } from './gateways.ts'
import type { ZoneOracle } from './oracle.ts'
import { SimWalker, walkerNames } from './walkers.ts'

const boss: Principal = { user_id: 'boss' as UserId, privileges: ['admin'] }
const sideM = 1_024
/** Operators merge what is cut into more than so many. */
const regionsWanted = 6

const createZone = {
  type: 'create',
  by: boss,
  spec: { name: 'Market', guild_id: null, bounds: { width_m: sideM, height_m: sideM }, ...defaultZone },
} as const satisfies ZoneCommand

/** Walkers, an operator who cuts and merges under their feet, and a moderator. */
export class ZoneClients extends AskingClients<ZoneOracle> {
  readonly walkers: readonly SimWalker[]

  constructor(world: SimWorld<ZoneOracle>, gateways: ZoneGateways, pace: number) {
    super(world, pace)
    this.walkers = walkerNames.map((name) => new SimWalker(world, gateways, name))
  }

  override begin(): void {
    void this.#go('maker', 1, () => createZone, { least: 1, most: 2 })
    void this.#go('operator', 1, (random) => this.#change(random), { least: 200, most: 1_500 })
    void this.#go('moderator', 1, (random) => this.#judge(random), { least: 100, most: 1_000 })
    for (const walker of this.walkers) walker.begin()
  }

  override end(): void {
    super.end()
    for (const walker of this.walkers) walker.rest()
  }

  /** One command after the other, each until it is carried out or refused. */
  async #go(
    source: string,
    number: number,
    make: (random: SeededRandom) => ZoneCommand | null,
    pause: { readonly least: number; readonly most: number },
  ): Promise<void> {
    const random = this.world.streamOf(source)
    const command = make(random)
    const { root } = this.world.oracle
    if (command) {
      const isEnough = ({ status }: { readonly status: string }) => status === 'ok' || status === 'rejected'
      await this.askUntil(random, root, { source, number, command }, isEnough)
      if (command.type === 'create') return
    }
    this.later(random.between(pause.least, pause.most), () => {
      if (!this.isOver) void this.#go(source, number + 1, make, pause)
    })
  }

  #change(random: SeededRandom): ZoneCommand | null {
    const { zone } = this.world.oracle.zone
    if (!zone) return null
    const { map } = zone
    const regions = regionsOf(map)
    if (random.below(8) === 0) {
      return { type: 'update', by: boss, changes: { rules: { range_m: random.pick([24, 30, 36]) } } }
    }
    const region = random.pick(regions)
    if (regions.length > 1 && (regions.length >= regionsWanted || random.below(3) === 0)) {
      return { type: 'merge', version: map.version, region: region.id }
    }
    const cut = { type: 'cut', version: map.version, region: region.id } as const
    if (random.below(3) === 0) return { ...cut, ...shareCut(map, region.id) }
    const axis = random.pick(['x', 'y'] as const)
    const { left, right, bottom, top } = region.rect
    const middleM = axis === 'x' ? (left + right) / 2 : (bottom + top) / 2
    const at = (Math.round(middleM / cellM) + random.between(-1, 2)) * cellM
    return mayCut(map, region.id, { axis, at }) ? { ...cut, axis, at } : null
  }

  #judge(random: SeededRandom): ZoneCommand | null {
    if (!this.world.oracle.zone.zone) return null
    const target = random.pick(this.walkers).user
    const kind = random.pick(['mute', 'mute', 'deafen', 'ban'] as const)
    const about = { by: boss, kind, target_user_id: target, reason: 'noise' }
    if (random.below(3) === 0) return { type: 'lift', ...about }
    const durationS = this.world.oracle.areClocksRight ? random.pick([null, 1, 2, 4]) : null
    return { type: 'sanction', ...about, duration_s: durationS }
  }
}
