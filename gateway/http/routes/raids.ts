import type { HeldRaid, Raid, RaidBook, RaidChange, RaidFilter } from '../../../persistence/raids/port.ts'
import { AppError } from '../../../protocol/errors.ts'
import {
  cancelOccurrence,
  cancelRaid,
  createRaid,
  listRaids,
  pauseRaid,
  readRaid,
  resumeRaid,
  updateRaid,
  type ListRaidsQuery,
} from '../../../protocol/http/raids.ts'
import type { Clock, Random } from '../../../protocol/ports.ts'
import type { RaidId, RaidSlot } from '../../../protocol/raids/values.ts'
import { actingUser, principal } from '../../acting-user.ts'
import type { Caller } from '../../auth/index.ts'
import { assertFewRaids, cancelled, edited, newRaid, switched } from '../../raids/plan-raid.ts'
import { assertMayPlan, assertSees, maySee } from '../../raids/rights.ts'
import { occurrenceCancelled } from '../../raids/signups.ts'
import { bind, type Route } from '../bind.ts'
import { commandIdOf, newRaidIdOf } from '../idempotency.ts'
import { presentRaid, presentRaidDetail } from '../presenters/raid.ts'
import type { RequestContext } from '../request.ts'
import { readable } from '../../readable.ts'

export interface RaidRouteDeps {
  readonly raids: RaidBook
  readonly clock: Clock
  readonly random: Random
}

/** Planning, finding, changing and cancelling raids. */
export function raidRoutes({ raids, clock, random }: RaidRouteDeps): readonly Route[] {
  const detail = async (raidId: RaidId) => {
    const nowMs = clock.wallMs()
    const found = await readable(() => raids.read(raidId, nowMs))
    if (!found) throw new AppError('RAID_NOT_FOUND')
    return presentRaidDetail(raids, found.raid, found.occurrences, nowMs)
  }
  const change = (
    ctx: RequestContext,
    raidId: RaidId,
    decide: (held: HeldRaid, nowMs: number) => RaidChange,
    slot: RaidSlot | null = null,
  ): Promise<Raid> => changeRaid({ raids, clock, random }, { ctx, raidId, slot }, decide)

  return [
    bind(createRaid, async ({ ctx, caller, body }) => {
      const creator = actingUser(caller, body.creator_id)
      assertMayPlan(principal(caller, body.creator_id), body.guild_id ?? null)
      const raid = newRaid(newRaidIdOf(ctx, random), body, creator, clock.wallMs())
      const audit = { action: 'raid.created', by: caller.userId, target: creator, details: { name: raid.name } }
      const made = await readable(() => raids.create(raid, audit, assertFewRaids))
      ctx.set('Location', `/api/v1/raids/${made.raidId}`)
      return detail(made.raidId)
    }),
    bind(listRaids, async ({ caller, query }) => {
      const page = await readable(() =>
        raids.list(filterOf(query, caller), Number(query.limit ?? 50), query.cursor ?? null),
      )
      return { raids: page.raids.map(presentRaid), next_cursor: page.nextCursor }
    }),
    bind(readRaid, async ({ caller, params }) => {
      await assertVisible(raids, caller, params.raidId, clock.wallMs())
      return detail(params.raidId)
    }),
    bind(updateRaid, async ({ ctx, caller, params, body }) => {
      await change(ctx, params.raidId, (held, nowMs) => edited(held, principal(caller), body, nowMs))
      return detail(params.raidId)
    }),
    bind(cancelRaid, async ({ ctx, caller, params, body }) => {
      await change(ctx, params.raidId, (held) => cancelled(held, principal(caller), body.reason ?? ''))
      return undefined
    }),
    bind(cancelOccurrence, async ({ ctx, caller, params: { raidId, occurrence }, body }) => {
      const decide = (held: HeldRaid, nowMs: number) =>
        occurrenceCancelled(held, principal(caller), occurrence, body.reason ?? '', nowMs)
      await change(ctx, raidId, decide, occurrence)
      return undefined
    }),
    bind(pauseRaid, async ({ ctx, caller, params }) => {
      await change(ctx, params.raidId, (held) => switched(held, principal(caller), 'paused'))
      return detail(params.raidId)
    }),
    bind(resumeRaid, async ({ ctx, caller, params }) => {
      await change(ctx, params.raidId, (held) => switched(held, principal(caller), 'active'))
      return detail(params.raidId)
    }),
  ]
}

/** Changes a raid by a call, once however often the call comes under its key. Throws RAID_NOT_FOUND, and what `decide` throws. */
export async function changeRaid(
  { raids, clock, random }: RaidRouteDeps,
  { ctx, raidId, slot }: { readonly ctx: RequestContext; readonly raidId: RaidId; readonly slot: RaidSlot | null },
  decide: (held: HeldRaid, nowMs: number) => RaidChange,
): Promise<Raid> {
  const nowMs = clock.wallMs()
  const command = { id: commandIdOf(ctx, random), slot, nowMs }
  const changed = await readable(() => raids.change(raidId, command, (held) => decide(held, nowMs)))
  if (!changed) throw new AppError('RAID_NOT_FOUND')
  return changed
}

/** The raid with its near occurrences, where the caller may see it. Throws RAID_NOT_FOUND. */
export async function assertVisible(raids: RaidBook, caller: Caller, raidId: RaidId, nowMs: number) {
  const found = await readable(() => raids.read(raidId, nowMs))
  if (!found) throw new AppError('RAID_NOT_FOUND')
  const by = principal(caller)
  if (!maySee(by, found.raid, false)) {
    const roster = await readable(() => raids.roster(raidId, found.occurrences[0]?.slot ?? ''))
    assertSees(
      by,
      found.raid,
      roster.some(({ userId }) => userId === caller.userId),
    )
  }
  return found
}

const filterOf = (query: ListRaidsQuery, caller: Caller): RaidFilter => ({
  ...(query.guild_id === undefined ? {} : { guildId: query.guild_id }),
  ...(query.creator_id === undefined ? {} : { creatorId: query.creator_id }),
  ...(query.signed_up === undefined ? {} : { signedUp: caller.userId }),
  ...(query.status === undefined ? {} : { status: query.status }),
  ...(query.from === undefined ? {} : { fromMs: Date.parse(query.from) }),
  ...(query.to === undefined ? {} : { toMs: Date.parse(query.to) }),
  visibleTo: visibleTo(caller),
})

/** Whose raids of guilds a caller sees in lists. */
export const visibleTo = ({ userId, privileges, guilds }: Caller): RaidFilter['visibleTo'] =>
  privileges.length > 0 ? 'all' : { userId, guilds: guilds.map(({ id }) => id) }
