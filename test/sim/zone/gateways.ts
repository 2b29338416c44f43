import type { Zones } from '../../../gateway/zone/zones.ts'
import type { Logger, Random } from '../../../protocol/ports.ts'
import { jsonByte } from '../../../protocol/zone/link-codec.ts'
import type { ToRegion } from '../../../protocol/zone/link-messages.ts'
import type { BenchGateway } from '../../support/bench-gateway.ts'
import { zonesOf } from '../../support/zones-on-bench.ts'
import type { ZoneGuards } from '../mutation.ts'

/** The zones of each life of each gateway. */
export class ZoneGateways {
  readonly #zones = new Map<BenchGateway, Zones>()
  readonly #logger: Logger
  readonly #says: ZoneGuards['says']

  /** `says`: false for what gateways do not say. */
  constructor(logger: Logger, says: ZoneGuards['says']) {
    this.#logger = logger
    this.#says = says
  }

  /** A gateway begins its life. */
  begin(gateway: BenchGateway, random: Random): void {
    const between = (send: () => boolean, payload: Uint8Array) => !this.#isSaid(payload) || send()
    this.#zones.set(gateway, zonesOf(gateway, { random, logger: this.#logger, between }))
  }

  of(gateway: BenchGateway): Zones {
    return this.#zones.get(gateway)!
  }

  #isSaid(payload: Uint8Array): boolean {
    return payload[0] !== jsonByte || this.#says(JSON.parse(Buffer.from(payload).toString()) as ToRegion)
  }
}
