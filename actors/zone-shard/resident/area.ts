import type { AuthorityRules } from '../../../protocol/zone/authority-rules.ts'
import type { ZonePlan } from '../../../protocol/zone/plan.ts'
import { bandOf, regionsOf, type Rect } from '../../../protocol/zone/region-map.ts'
import { stances, stepsPerMetre, type ZoneRules } from '../../../protocol/zone/rules.ts'

/** How wide the band is in which somebody of each stance is a ghost on the other side, steps. */
export const bandsOf = (rules: ZoneRules, { speedMaxMps }: AuthorityRules): Float64Array =>
  Float64Array.from(
    stances,
    (stance) =>
      bandOf(rules.rangeM * rules.stanceFactors[stance] * rules.hysteresis, speedMaxMps, rules.tickHz) * stepsPerMetre,
  )

/** An area in steps. */
export const inSteps = ({ left, bottom, right, top }: Rect): Rect => ({
  left: left * stepsPerMetre,
  bottom: bottom * stepsPerMetre,
  right: right * stepsPerMetre,
  top: top * stepsPerMetre,
})

/** Where all regions of a zone lie, those too that a plan of before had: they may still have players. Steps. */
export class Areas {
  readonly #known = new Map<number, Rect>()
  #leaves: ReadonlySet<number> = new Set()

  /** The next plan. */
  take({ map }: ZonePlan): void {
    const regions = regionsOf(map)
    this.#leaves = new Set(regions.map(({ id }) => id))
    for (const { id, rect } of regions) this.#known.set(id, inSteps(rect))
  }

  isLeaf(region: number): boolean {
    return this.#leaves.has(region)
  }

  get leaves(): ReadonlySet<number> {
    return this.#leaves
  }

  of(region: number): Rect | undefined {
    return this.#known.get(region)
  }
}
