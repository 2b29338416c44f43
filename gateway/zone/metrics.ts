import { Counter, Gauge, type Registry } from 'prom-client'

/** What a gateway counts of zones. No label holds a zone or a user. */
export interface ZoneMetrics {
  zonesWatched(count: number): void
  playersCarried(change: 1 | -1): void
  /**
   * A position of a client: taken, come late by its number, over the budget, said outside a zone, or no position at all.
   */
  positionCame(outcome: 'taken' | 'late' | 'over' | 'outside' | 'refused'): void
  batchSent(): void
  /** A frame for a client was not sent: places left out, or nothing sent, since too much waits for the client. */
  heldBack(outlet: 'sets' | 'nothing'): void
  /** A region was asked to tell a client everything. */
  resyncAsked(): void
  /** A datagram of a region was none that can be read. */
  badDatagram(): void
}

export function createZoneMetrics(registry: Registry): ZoneMetrics {
  const registers = [registry]
  const counter = (name: string, help: string, labelNames: string[] = []) =>
    new Counter({ name, help, labelNames, registers })
  const zones = new Gauge({ name: 'voice_gateway_zones_watched', help: 'Zones that the gateway watches.', registers })
  const players = new Gauge({
    name: 'voice_gateway_zone_players',
    help: 'Players of zones that the gateway carries.',
    registers,
  })
  const positions = counter('voice_gateway_zone_positions_total', 'Positions from clients, by what became of them.', [
    'outcome',
  ])
  const batches = counter('voice_gateway_zone_batches_total', 'Batches of positions sent to regions.')
  const held = counter(
    'voice_gateway_zone_frames_held_back_total',
    'Frames not sent, in part or whole, to clients that do not read.',
    ['what'],
  )
  const resyncs = counter('voice_gateway_zone_resyncs_total', 'Times a region was asked to tell a client everything.')
  const bad = counter('voice_gateway_zone_bad_datagrams_total', 'Datagrams of regions that could not be read.')
  return {
    zonesWatched: (count) => zones.set(count),
    playersCarried: (change) => players.inc(change),
    positionCame: (outcome) => positions.inc({ outcome }),
    batchSent: () => batches.inc(),
    heldBack: (outlet) => held.inc({ what: outlet === 'sets' ? 'places' : 'all' }),
    resyncAsked: () => resyncs.inc(),
    badDatagram: () => bad.inc(),
  }
}
