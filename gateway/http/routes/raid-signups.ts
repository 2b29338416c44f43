import type { Raid, RaidBook, Signup } from '../../../persistence/raids/port.ts'
import { AppError } from '../../../protocol/errors.ts'
import { readRaidRoster, setSignup, signUp, withdraw } from '../../../protocol/http/raids.ts'
import type { UserId } from '../../../protocol/ids.ts'
import type { RaidSlot } from '../../../protocol/raids/values.ts'
import { actingUser, principal } from '../../acting-user.ts'
import { setByLeader, signedUp, withdrawn } from '../../raids/signups.ts'
import { bind, type Route } from '../bind.ts'
import { occurrencesShown, presentOccurrence, presentSignup } from '../presenters/raid.ts'
import { assertVisible, changeRaid, type RaidRouteDeps } from './raids.ts'
import { readable } from '../../readable.ts'

/** Who comes to a raid. */
export function raidSignupRoutes(deps: RaidRouteDeps): readonly Route[] {
  const { raids, clock } = deps
  return [
    bind(signUp, async ({ ctx, caller, params, body }) => {
      const userId = actingUser(caller, body.user_id)
      const slot = body.occurrence ?? null
      const wanted = { userId, slot, role: body.role, status: body.status }
      const raid = await changeRaid(deps, { ctx, raidId: params.raidId, slot }, (held, nowMs) =>
        signedUp(held, principal(caller, body.user_id), wanted, nowMs),
      )
      return presentSignup(await writtenDown(raids, raid, userId, slot))
    }),
    bind(withdraw, async ({ ctx, caller, params, query }) => {
      const userId = actingUser(caller, query.user_id)
      const slot = query.occurrence ?? null
      await changeRaid(deps, { ctx, raidId: params.raidId, slot }, (held, nowMs) =>
        withdrawn(held, principal(caller, query.user_id), { userId, slot }, nowMs),
      )
      return undefined
    }),
    bind(readRaidRoster, async ({ caller, params, query }) => {
      const nowMs = clock.wallMs()
      const { raid, occurrences } = await assertVisible(raids, caller, params.raidId, nowMs)
      const shown = occurrencesShown(raids, raid, occurrences, nowMs)
      const wanted =
        query.occurrence === undefined
          ? (shown.find(({ endsAtMs }) => endsAtMs > nowMs) ?? shown.at(-1))
          : shown.find(({ slot }) => slot === query.occurrence)
      if (!wanted) throw new AppError('OCCURRENCE_NOT_FOUND')
      const roster = await readable(() => raids.roster(raid.raidId, wanted.slot))
      return {
        raid_id: raid.raidId,
        occurrence: presentOccurrence(raid, wanted),
        signups: roster.map(presentSignup),
        going: roster.filter(({ status }) => status === 'going').length,
        max_participants: raid.maxParticipants,
      }
    }),
    bind(setSignup, async ({ ctx, caller, params: { raidId, userId }, body }) => {
      const slot = body.occurrence ?? null
      const wanted = { userId, slot, role: body.role, roomRole: body.room_role, status: body.status }
      const raid = await changeRaid(deps, { ctx, raidId, slot }, (held, nowMs) =>
        setByLeader(held, principal(caller), wanted, nowMs),
      )
      return presentSignup(await writtenDown(raids, raid, userId, slot))
    }),
  ]
}

/** What is written down of a user: an answer to a call that is sent again says what holds. Throws RETRY_LATER where it is gone again. */
async function writtenDown(raids: RaidBook, raid: Raid, user: UserId, slot: RaidSlot | null): Promise<Signup> {
  const roster = await readable(() => raids.roster(raid.raidId, slot ?? ''))
  const found = roster.find(({ userId }) => userId === user)
  if (!found) throw new AppError('RETRY_LATER')
  return found
}
