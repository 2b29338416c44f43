import { Registry } from 'prom-client'
import { createZoneMetrics } from '../../../gateway/zone/metrics.ts'
import { Zones } from '../../../gateway/zone/zones.ts'
import type { Logger, Random } from '../../../protocol/ports.ts'
import { jsonByte } from '../../../protocol/zone/link-codec.ts'
import type { ToRegion } from '../../../protocol/zone/link-messages.ts'
import type { BenchGateway } from '../../support/bench-gateway.ts'
import { noWider } from '../../support/no-wider.ts'
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
    const { router } = gateway
    const { clock, timers } = gateway.process
    const zones = new Zones({
      router: {
        ask: (...asked) => router.ask(...asked),
        hold: (...held) => router.hold(...held),
        letGo: (...held) => router.letGo(...held),
        datagram: (key, payload, lane) => !this.#isSaid(payload) || router.datagram(key, payload, lane),
      },
      ...{ clock, timers, random, logger: this.#logger },
      ...{ wider: noWider, metrics: createZoneMetrics(new Registry()) },
    })
    this.#zones.set(gateway, zones)
    const { onPush } = gateway
    gateway.onPush = (push) => {
      onPush(push)
      zones.handlePush(push)
    }
    gateway.onDatagram = (datagram) => zones.handleDatagram(datagram)
  }

  of(gateway: BenchGateway): Zones {
    return this.#zones.get(gateway)!
  }

  #isSaid(payload: Uint8Array): boolean {
    return payload[0] !== jsonByte || this.#says(JSON.parse(Buffer.from(payload).toString()) as ToRegion)
  }
}
