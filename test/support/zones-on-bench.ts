import { Registry } from 'prom-client'
import { createZoneMetrics } from '../../gateway/zone/metrics.ts'
import type { ZoneClient, ZonePlayerCarrier } from '../../gateway/zone/zone-player.ts'
import { Zones } from '../../gateway/zone/zones.ts'
import type { Logger, Random } from '../../protocol/ports.ts'
import type { BenchGateway } from './bench-gateway.ts'
import type { MemoryClusterBench } from './memory-cluster-bench.ts'
import { noWider } from './no-wider.ts'
import { PlainRegion } from './plain-zone.ts'
import { silentLogger } from './silent-logger.ts'
import { stepsAt } from './standing-frame.ts'
import { user, zoneId } from './zone-bench.ts'

/** What stands between the zones of a gateway and their regions: sends it, or does not, and says whether it went. */
export type BetweenRegions = (send: () => boolean, payload: Uint8Array) => boolean

/** The zones of a gateway on a bench, which hear what comes to it. */
export function zonesOf(
  gateway: BenchGateway,
  { random, logger, between }: { readonly random: Random; readonly logger: Logger; readonly between: BetweenRegions },
): Zones {
  const { process, router, onPush } = gateway
  const zones = new Zones({
    router: {
      ask: (...asked) => router.ask(...asked),
      hold: (...held) => router.hold(...held),
      letGo: (...held) => router.letGo(...held),
      datagram: (key, payload, lane) => between(() => router.datagram(key, payload, lane), payload),
    },
    ...{ clock: process.clock, timers: process.timers, random, logger },
    ...{ wider: noWider, metrics: createZoneMetrics(new Registry()) },
  })
  gateway.onPush = (push) => {
    onPush(push)
    zones.handlePush(push)
  }
  gateway.onDatagram = (datagram) => zones.handleDatagram(datagram)
  return zones
}

/** A gateway of a cluster in memory, with its zones. */
export async function zonesAt(bench: MemoryClusterBench, name: string, between: BetweenRegions = (send) => send()) {
  const gateway = await bench.gateway(name)
  const zones = zonesOf(gateway, { random: bench.random, logger: silentLogger, between })
  return { zones, router: gateway.router }
}

/** Has somebody enter the zone of the tests, and waits until they are in. `told`: types of frames, what they were refused with, and why they left. Metres. */
export async function enterZone(
  bench: MemoryClusterBench,
  zones: Zones,
  { name, x, y }: { readonly name: string; readonly x: number; readonly y: number },
  show: ZoneClient['show'],
) {
  const told: string[] = []
  const hold = await bench.done(zones.open(zoneId))
  let isIn = false
  const player = hold.zone.enter({
    ...{ userId: user(name), name, party: 0, wider: [] },
    place: { ...stepsAt({ x, y }), stance: 1 },
    client: {
      tell: (frame) => told.push(frame.type),
      show,
      waitingBytes: () => 0,
      tooSlow: () => undefined,
      leftZone: (_player: ZonePlayerCarrier, reason) => told.push(`left: ${reason}`),
    },
    entered: () => void (isIn = true),
    refused: (code) => told.push(code),
  })
  await bench.until(`${name} is in`, () => isIn)
  return { player, told, hold }
}

/** Plain regions as they begin, and a tick of each that is not over. */
export function plainRegions() {
  const regions: PlainRegion[] = []
  return {
    regions,
    begin: (context: ConstructorParameters<typeof PlainRegion>[0]) => {
      const region = new PlainRegion(context)
      regions.push(region)
      return region
    },
    tick: () => {
      for (const region of regions) if (!region.isOver) region.tick()
    },
  }
}
