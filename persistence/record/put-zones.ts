import type pg from 'pg'
import { latestBy, timestamp, timestampOrNull, writeRecords, type WritesOf } from './rows.ts'

/** Inserts zones, or brings every column of theirs up to date. */
export async function putZones(client: pg.ClientBase, writes: WritesOf<'zone.put'>): Promise<void> {
  await writeRecords(
    client,
    'put-zones',
    `insert into voice_zones (
       zone_id, name, guild_id, status, width_m, height_m, players_max, rules, authority, regions, version, created_by, created_at,
       closed_at)
     select zone_id, name, guild_id, status, width_m, height_m, players_max, rules, authority, regions, version, created_by, created_at,
            closed_at
       from jsonb_to_recordset($1::jsonb) as zone (
              zone_id text, name text, guild_id text, status text, width_m integer, height_m integer, players_max integer, rules jsonb,
              authority jsonb, regions integer, version integer, created_by text, created_at timestamptz, closed_at timestamptz)
         on conflict (zone_id) do update
        set name = excluded.name, status = excluded.status, width_m = excluded.width_m, height_m = excluded.height_m,
            players_max = excluded.players_max, rules = excluded.rules, authority = excluded.authority, regions = excluded.regions,
            version = excluded.version, closed_at = excluded.closed_at`,
    latestBy(writes, ({ zoneId }) => zoneId).map(({ zoneId, spec, ...zone }) => ({
      zone_id: zoneId,
      name: spec.name,
      guild_id: spec.guild_id,
      status: zone.closedAtMs === null ? 'open' : 'closed',
      width_m: spec.bounds.width_m,
      height_m: spec.bounds.height_m,
      players_max: spec.players_max,
      rules: spec.rules,
      authority: spec.authority,
      regions: zone.regions,
      version: zone.version,
      created_by: zone.createdBy,
      created_at: timestamp(zone.createdAtMs),
      closed_at: timestampOrNull(zone.closedAtMs),
    })),
  )
}
