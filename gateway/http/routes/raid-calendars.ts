import type { Occurrence, Raid, RaidBook } from '../../../persistence/raids/port.ts'
import { guildCalendar, raidCalendar } from '../../../protocol/http/raids.ts'
import { reminderLeadsS } from '../../../protocol/raids/values.ts'
import { calendarEnd, calendarEvent, calendarHead, type CalendarEvent } from '../../raids/icalendar.ts'
import { bind, type Route } from '../bind.ts'
import { aheadOf } from '../presenters/raid.ts'
import type { RequestContext } from '../request.ts'
import { assertVisible, visibleTo, type RaidRouteDeps } from './raids.ts'
import { readable } from '../../readable.ts'

const dayMs = 86_400_000
/** A calendar reaches so far back and ahead, ms. */
const backMs = 14 * dayMs
const aheadMs = 183 * dayMs
/** Occurrences of one raid in it at the most. */
const occurrencesMax = 200
/** Raids that are read at once. */
const pageSize = 50

/** Raids as files for calendars. */
export function raidCalendarRoutes({ raids, clock }: RaidRouteDeps): readonly Route[] {
  return [
    bind(raidCalendar, async ({ ctx, caller, params }) => {
      const nowMs = clock.wallMs()
      const { raid } = await assertVisible(raids, caller, params.raidId, nowMs)
      const events = await readable(() => eventsOf(raids, [raid], nowMs))
      asCalendar(ctx, 'raid')
      return inOrder(calendarHead(raid.name), events, calendarEnd)
    }),
    bind(guildCalendar, async ({ ctx, caller, params }) => {
      const nowMs = clock.wallMs()
      const filter = { guildId: params.guildId, visibleTo: visibleTo(caller) }
      const page = (cursor: string | null) => raids.list(filter, pageSize, cursor)
      // Asked for before the answer begins: what fails now still gets an answer of its own.
      const first = await readable(() => page(null))
      asCalendar(ctx, 'raids')
      return pages(raids, nowMs, `Raids of ${params.guildId}`, first, page)
    }),
  ]
}

function asCalendar(ctx: RequestContext, name: string): void {
  ctx.type = 'text/calendar; charset=utf-8'
  ctx.set('Content-Disposition', `attachment; filename="${name}.ics"`)
}

type Page = Awaited<ReturnType<RaidBook['list']>>

async function* pages(
  raids: RaidBook,
  nowMs: number,
  name: string,
  first: Page,
  next: (cursor: string) => Promise<Page>,
): AsyncGenerator<string> {
  yield calendarHead(name)
  for (let page = first; ;) {
    yield* await eventsOf(raids, page.raids, nowMs)
    if (page.nextCursor === null) break
    page = await next(page.nextCursor)
  }
  yield calendarEnd
}

// eslint-disable-next-line @typescript-eslint/require-await
async function* inOrder(head: string, events: readonly string[], end: string): AsyncGenerator<string> {
  yield head
  yield* events
  yield end
}

async function eventsOf(raids: RaidBook, of: readonly Raid[], nowMs: number): Promise<readonly string[]> {
  const rows = await raids.occurrencesOf(
    of.map(({ raidId }) => raidId),
    nowMs - backMs,
  )
  return of.flatMap((raid) => {
    const known = rows.get(raid.raidId) ?? []
    const ahead = aheadOf(raids, raid, known, nowMs, nowMs + aheadMs, occurrencesMax)
    return [...known, ...ahead].map((one) => calendarEvent(eventOf(raid, one)))
  })
}

const eventOf = (raid: Raid, one: Occurrence): CalendarEvent => ({
  uid: `${raid.raidId}/${one.slot}@voice-rooms`,
  sequence: raid.generation,
  ...{ startsAtMs: one.startsAtMs, endsAtMs: one.endsAtMs, changedAtMs: raid.updatedAtMs },
  ...{ summary: raid.name, description: raid.description },
  status: isOff(one) ? 'CANCELLED' : raid.status === 'paused' ? 'TENTATIVE' : 'CONFIRMED',
  alarmsS: isOff(one) ? [] : reminderLeadsS.filter((leadS) => leadS < 86_400),
})

const isOff = ({ status }: Occurrence): boolean => ['cancelled', 'missed', 'skipped'].includes(status)
