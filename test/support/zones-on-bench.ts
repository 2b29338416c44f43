import { Registry } from 'prom-client'
import { createZoneMetrics } from '../../gateway/zone/metrics.ts'
import type { ZoneClient, ZonePlayerCarrier } from '../../gateway/zone/zone-player.ts'
import { Zones, type ZonesDeps } from '../../gateway/zone/zones.ts'
import type { MemoryClusterBench } from './memory-cluster-bench.ts'
import { noWider } from './no-wider.ts'
import { PlainRegion } from './plain-zone.ts'
import { silentLogger } from './silent-logger.ts'
import { user, zoneId } from './zone-bench.ts'

/** A gateway of a cluster in memory, with its zones. `ways` may stand between them and its router. */
export async function zonesAt(
  bench: MemoryClusterBench,
  name: string,
  ways: (router: ZonesDeps['router']) => ZonesDeps['router'] = (router) => router,
) {
  const { router, process } = await bench.gateway(name)
  const zones = new Zones({
    router: ways(router),
    ...{ clock: process.clock, timers: process.timers, random: bench.random, logger: silentLogger },
    ...{ wider: noWider, metrics: createZoneMetrics(new Registry()) },
  })
  Object.assign(bench.gateways.at(-1)!, {
    onPush: (push: Parameters<Zones['handlePush']>[0]) => zones.handlePush(push),
    onDatagram: (datagram: Parameters<Zones['handleDatagram']>[0]) => zones.handleDatagram(datagram),
  })
  return { zones, router }
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
    place: { x: Math.round(x * 16), y: Math.round(y * 16), z: 0, stance: 1 },
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
