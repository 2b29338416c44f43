import { presentShards, type ZoneShown } from '../gateway/index.ts'
import type { MapReply } from '../protocol/zone/replies.ts'
import type { ZoneView } from '../protocol/zone/view.ts'
import { keyValueTable, renderTable, type Column, type Screen } from './table.ts'

/** A zone, and what its regions say of themselves. */
export interface ZoneReport {
  readonly zone: ZoneView
  readonly shown: ZoneShown
}

type RegionRow = ReturnType<typeof presentShards>['regions'][number]

const zoneColumns: readonly Column<ZoneView>[] = [
  { heading: 'name', value: ({ name }) => name, cut: true },
  { heading: 'guild', value: ({ guild_id: guild }) => guild ?? '–', cut: true },
  { heading: 'status', value: ({ status }) => status },
  { heading: 'm', value: ({ bounds }) => `${String(bounds.width_m)} x ${String(bounds.height_m)}` },
  { heading: 'regions', value: ({ regions }) => regions, align: 'right' },
  { heading: 'at most', value: ({ players_max: most }) => most, align: 'right' },
  { heading: 'made', value: ({ created_at: at }) => at },
  { heading: 'zone', value: ({ zone_id: id }) => id },
]

const silent = '?'
const ms = (value: number | undefined): string => (value === undefined ? silent : value.toFixed(1))

const regionColumns: readonly Column<RegionRow>[] = [
  { heading: 'region', value: ({ region }) => region, align: 'right' },
  {
    heading: 'west south east north, m',
    value: ({ bounds }) =>
      `${String(bounds.left)} ${String(bounds.bottom)} ${String(bounds.right)} ${String(bounds.top)}`,
  },
  { heading: 'shared', value: ({ shares }) => (shares > 1 ? `1/${String(shares)}` : '–'), align: 'right' },
  { heading: 'node', value: ({ shard }) => shard?.node ?? silent },
  { heading: 'epoch', value: ({ shard }) => shard?.epoch ?? silent, align: 'right' },
  { heading: 'players', value: ({ shard }) => shard?.players ?? silent, align: 'right' },
  { heading: 'ghosts', value: ({ shard }) => shard?.ghosts ?? silent, align: 'right' },
  { heading: 'tick ms', value: ({ shard }) => ms(shard?.tick_mean_ms), align: 'right' },
  { heading: 'p95', value: ({ shard }) => ms(shard?.tick_p95_ms), align: 'right' },
  { heading: 'sheds', value: ({ shard }) => shard?.rung ?? silent, align: 'right' },
  { heading: 'borders on', value: ({ neighbours }) => neighbours.join(' ') || '–' },
]

/** `roomctl zones` for people. */
export const zonesText = (zones: readonly ZoneView[], screen: Screen): string =>
  zones.length === 0 ? 'There is no zone.' : renderTable(zones, zoneColumns, screen)

/** `roomctl zones --json`. */
export const zonesJson = (zones: readonly ZoneView[]) => ({ zones })

/** `roomctl zone <id>` for people. What a region did not answer in time is a question mark. */
export function zoneText({ zone, shown }: ZoneReport, screen: Screen): string {
  const shards = presentShards(shown)
  const facts = keyValueTable(
    [
      ['zone', zone.zone_id],
      ['name', zone.name],
      ['guild', zone.guild_id ?? '–'],
      ['status', zone.status],
      ['players', `${String(shards.players)} of ${String(zone.players_max)}`],
      ['ticks', `${String(zone.rules.tick_hz)} a second`],
      ['range', `${String(zone.rules.range_m)} m`],
      ['word of', zone.authority.position_authority],
      ['map', `version ${String(shards.map_version)}`],
    ],
    screen,
  )
  return [facts, renderTable(shards.regions, regionColumns, screen)].join('\n\n')
}

/** `roomctl zone <id> --json`. */
export const zoneJson = ({ zone, shown }: ZoneReport) => ({ ...zone, shards: presentShards(shown) })

/** What came of a cut or a merger, for people. */
export const mapText = ({ version, regions }: MapReply): string =>
  `the map has the version ${String(version)}; new in it: ${regions.join(', ')}`
