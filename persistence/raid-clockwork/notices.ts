import type pg from 'pg'
import type { RaidNoticeKind } from './port.ts'

/** The channel on which gateways are woken when there is something to tell players of raids. */
export const raidsChannel = 'voice_raids'

export interface NewNotice {
  readonly raidId: string
  readonly slot: string
  readonly startsAtMs: number
  /** With the lead where there are several: `reminder 600`. */
  readonly kind: RaidNoticeKind | `reminder ${number}`
}

/** Writes down what players are told, and wakes the gateways; what was told already is not told again. */
export async function putNotices(client: pg.ClientBase | pg.Pool, notices: readonly NewNotice[]): Promise<void> {
  if (notices.length === 0) return
  await client.query(
    `with told as (
       insert into voice_raid_notices (raid_id, slot, starts_at, kind)
       select raid_id, slot, starts_at, kind
         from jsonb_to_recordset($1::jsonb) as row (raid_id uuid, slot text, starts_at timestamptz, kind text)
       on conflict (raid_id, slot, starts_at, kind) do nothing
       returning id)
     select pg_notify('${raidsChannel}', '') from told limit 1`,
    [
      JSON.stringify(
        notices.map(({ raidId, slot, startsAtMs, kind }) => ({
          ...{ raid_id: raidId, slot, kind, starts_at: new Date(startsAtMs) },
        })),
      ),
    ],
  )
}
