import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { Connection, ScheduleClient, ScheduleNotFoundError } from '@temporalio/client'
import { dateAt, slotsBetween, type FullRule } from '../../protocol/raids/calendar.ts'
import { momentOf, wallTimeAt } from '../../protocol/raids/zone.ts'
import { scheduleOf } from '../../persistence/raids/plan.ts'
import type { Raid } from '../../persistence/raids/port.ts'
import {
  raidMessages,
  raidPlannerId,
  raidScheduleId,
  raidWorkflowId,
  type OccurrencePlan,
  type OccurrenceRef,
  type RaidSchedule,
} from '../../protocol/raids/workflow.ts'
import { temporalStarter, type RoomsWorker, type WorkflowStarter } from '../../workflows/index.ts'
import { freshOccurrence, raidBench, ScriptedRaids, type RaidBench } from '../support/raid-bench.ts'
import { sharedTemporal, type TemporalView } from '../support/temporal.ts'
import { waitUntil } from '../support/wait.ts'

describe('raids on a server', { timeout: 120_000 }, () => {
  let temporal: TemporalView
  let connection: Connection
  let schedules: ScheduleClient
  let bench: RaidBench
  let worker: RoomsWorker
  let starter: WorkflowStarter
  const raids = new ScriptedRaids()

  before(async () => {
    bench = await raidBench()
    temporal = sharedTemporal()
    connection = await Connection.connect({ address: temporal.address })
    schedules = new ScheduleClient({ connection })
    worker = bench.worker(temporal.address, raids)
    worker.start()
    const { taskQueue } = bench
    starter = temporalStarter({
      address: temporal.address,
      namespace: 'default',
      identity: 'relay-of-a-test',
      taskQueue,
    })
  })
  after(async () => {
    await worker.stop()
    await starter.close()
    await connection.close()
    await temporal.close()
  })

  const tell = (ref: OccurrenceRef, generation = 1) => starter.deliver({ kind: 'raid.occurrence', ...ref, generation })
  const ended = (ref: OccurrenceRef) => temporal.workflowEnded(raidWorkflowId(ref), 20_000)
  const seen = (ref: OccurrenceRef) =>
    temporal.client.getHandle(raidWorkflowId(ref)).query<OccurrencePlan | null>(raidMessages.state)
  const waits = (ref: OccurrenceRef) =>
    waitUntil('the workflow has read its row', async () => (await seen(ref).catch(() => null)) !== null, 10_000)

  describe('an occurrence', () => {
    test('reminds, opens at its time, and ends', async () => {
      const ref = freshOccurrence()
      const { startsAtMs, endsAtMs } = raids.plan(ref, 8_000, { leadsMs: [6_000, 4_000, 2_000] })
      await tell(ref)
      assert.equal(await ended(ref), 'COMPLETED')
      assert.deepEqual(raids.done(ref), ['remind 6000', 'remind 4000', 'remind 2000', 'open', 'end'])
      const times = raids.calls(ref).map(({ atMs }) => atMs)
      const due = [startsAtMs - 6_000, startsAtMs - 4_000, startsAtMs - 2_000, startsAtMs, endsAtMs]
      times.forEach((atMs, index) => {
        const lateMs = atMs - (due[index] ?? 0)
        assert.ok(lateMs >= 0 && lateMs < 2_000, `step ${index} came ${lateMs} ms late`)
      })
    })

    test('told twice, or from the middle of nowhere, it is one', async () => {
      const ref = freshOccurrence()
      raids.plan(ref, 800, { leadsMs: [] })
      await Promise.all([tell(ref), tell(ref), tell(ref, 2)])
      assert.equal(await ended(ref), 'COMPLETED')
      await tell(ref)
      assert.equal(await ended(ref), 'COMPLETED')
      assert.deepEqual(raids.done(ref), ['open', 'end'])
    })

    test('moves with its row, to a later hour and to an earlier one', async () => {
      for (const [fromMs, toMs] of [
        [1_500, 3_500],
        [600_000, 1_500],
      ] as const) {
        const ref = freshOccurrence()
        raids.plan(ref, fromMs, { leadsMs: [] })
        await tell(ref)
        await waits(ref)
        const startsAtMs = Date.now() + toMs
        raids.change(ref, {
          startsAtMs,
          opensAtMs: startsAtMs,
          endsAtMs: startsAtMs + 500,
          missedAtMs: startsAtMs + 60_000,
        })
        await tell(ref, 2)
        assert.equal(await ended(ref), 'COMPLETED')
        assert.deepEqual(raids.done(ref), ['open', 'end'])
        assert.ok(raids.calls(ref)[0]!.atMs >= startsAtMs)
      }
    })

    test('cancelled before its time it opens nothing; cancelled while it is open, its room is closed', async () => {
      const planned = freshOccurrence()
      const open = freshOccurrence()
      raids.plan(planned, 600_000)
      raids.plan(open, 0, { endsAtMs: Date.now() + 600_000, missedAtMs: Date.now() + 600_000, leadsMs: [] })
      await Promise.all([tell(planned), tell(open)])
      await waits(planned)
      await waitUntil('it is open', () => raids.status(open) === 'open')
      for (const ref of [planned, open]) {
        raids.change(ref, { status: 'cancelled' })
        await tell(ref, 2)
        assert.equal(await ended(ref), 'COMPLETED')
      }
      assert.deepEqual(raids.done(planned), [])
      assert.deepEqual(raids.done(open), ['open', 'close'])
    })

    test('paused at its time it waits; let go in time it opens, and otherwise it is skipped', async () => {
      const goesOn = freshOccurrence()
      const stays = freshOccurrence()
      raids.plan(goesOn, 500, {
        paused: true,
        missedAtMs: Date.now() + 60_000,
        endsAtMs: Date.now() + 6_000,
        leadsMs: [],
      })
      raids.plan(stays, 500, { paused: true, leadsMs: [], missedAtMs: Date.now() + 1_500 })
      await Promise.all([tell(goesOn), tell(stays)])
      assert.equal(await ended(stays), 'COMPLETED')
      assert.deepEqual([raids.done(stays), raids.status(stays)], [['miss'], 'skipped'])
      assert.deepEqual(raids.done(goesOn), [])
      raids.change(goesOn, { paused: false })
      await tell(goesOn, 2)
      assert.equal(await ended(goesOn), 'COMPLETED')
      assert.deepEqual(raids.done(goesOn), ['open', 'end'])
    })

    test('tells its open room what changed, and goes on for as long as the row says', async () => {
      const ref = freshOccurrence()
      raids.plan(ref, 0, { leadsMs: [], endsAtMs: Date.now() + 600_000, missedAtMs: Date.now() + 600_000 })
      await tell(ref)
      await waitUntil('it is open', () => raids.status(ref) === 'open')
      raids.change(ref, { endsAtMs: Date.now() + 1_000 })
      await tell(ref, 2)
      assert.equal(await ended(ref), 'COMPLETED')
      assert.deepEqual(raids.done(ref), ['open', 'sync', 'end'])
    })

    test('a room that cannot be had is tried until it is too late, and what was half made is closed', async () => {
      const mended = freshOccurrence()
      const lost = freshOccurrence()
      raids.plan(mended, 0, { leadsMs: [], missedAtMs: Date.now() + 10_000, endsAtMs: Date.now() + 10_000 })
      raids.plan(lost, 0, { leadsMs: [], missedAtMs: Date.now() + 1_500 })
      raids.failToOpen(mended, 'NO_OWNER', 'OUTCOME_UNKNOWN')
      raids.failToOpen(lost, ...Array.from({ length: 100 }, () => 'NO_OWNER' as const))
      await Promise.all([tell(mended), tell(lost)])
      assert.equal(await ended(lost), 'COMPLETED')
      assert.equal(raids.status(lost), 'missed')
      assert.deepEqual(raids.done(lost).slice(-2), ['miss', 'close'])
      await waitUntil('the other is open', () => raids.status(mended) === 'open')
      assert.deepEqual(raids.done(mended), ['open', 'open', 'open'])
      assert.equal(await ended(mended), 'COMPLETED')
    })

    test('is seen through by the next worker when the first goes', async () => {
      const ref = freshOccurrence()
      raids.plan(ref, 2_500, { leadsMs: [] })
      await tell(ref)
      await waits(ref)
      await worker.stop()
      worker = bench.worker(temporal.address, raids)
      worker.start()
      assert.equal(await ended(ref), 'COMPLETED')
      assert.deepEqual(raids.done(ref), ['open', 'end'])
    })
  })

  describe('a raid that repeats', () => {
    const far: RaidSchedule = { zone: 'Europe/Berlin', firesOn: [0, 2], endsAtMs: null, paused: false }
    const series = (raidId: string, generation: number, schedule: RaidSchedule | null) =>
      starter.deliver({ kind: 'raid.series', raidId, generation, schedule })
    const described = (raidId: string) => schedules.getHandle(raidScheduleId(raidId)).describe()

    test('has a schedule that says every policy, is brought up to date, and goes', async () => {
      const raidId = randomUUID()
      await series(raidId, 1, far)
      const made = await described(raidId)
      assert.deepEqual(made.policies, { overlap: 'ALLOW_ALL', catchupWindow: 24 * 3_600_000, pauseOnFailure: false })
      assert.equal(made.spec.jitter, 10_000)
      assert.equal(made.spec.timezone, 'Europe/Berlin')
      assert.equal(made.action.workflowId, raidPlannerId(raidId))
      assert.equal(made.action.workflowExecutionTimeout, 600_000)

      await series(raidId, 3, { ...far, zone: 'Asia/Tokyo', paused: true })
      await series(raidId, 2, far)
      const later = await described(raidId)
      assert.deepEqual([later.spec.timezone, later.state.paused], ['Asia/Tokyo', true])

      await series(raidId, 4, null)
      await series(raidId, 4, null)
      await assert.rejects(described(raidId), ScheduleNotFoundError)
    })

    test('has what is near planned at once: each occurrence gets a workflow, and one that has is told', async () => {
      const raidId = randomUUID()
      const refs = ['2027-03-28', '2027-03-30'].map((slot) => ({ raidId, slot }))
      raids.slots(raidId, ...refs.map(({ slot }) => slot))
      raids.plan(refs[0]!, 600_000, { leadsMs: [] })
      await series(raidId, 1, far)
      for (const ref of refs) await waits(ref)
      raids.change(refs[0]!, { status: 'cancelled' })
      await series(raidId, 2, far)
      for (const ref of refs) assert.equal(await ended(ref), 'COMPLETED')
      assert.equal(await temporal.workflowEnded(`${raidPlannerId(raidId)}:2`, 10_000), 'COMPLETED')
      assert.deepEqual(raids.done({ raidId }), ['plan', 'plan'])
      await series(raidId, 3, null)
    })

    test('the schedule fires once ahead of each occurrence, at noon, whatever clocks do in the night between', async () => {
      for (const [zone, from] of [
        ['Europe/Berlin', '2027-03-15'],
        ['Europe/Berlin', '2027-10-18'],
        ['America/New_York', '2027-03-01'],
        ['America/New_York', '2027-10-25'],
        ['Australia/Lord_Howe', '2027-09-20'],
      ] as const) {
        // The hour that clocks skip, and that comes twice.
        const rule: FullRule = { days: ['sat', 'sun', 'mon', 'tue'], time: '02:30', zone, starts_on: '2027-01-01' }
        const raidId = randomUUID()
        await series(raidId, 1, scheduleOf({ raidId, rule, onceAtMs: null, status: 'active' } as unknown as Raid))
        const fromMs = Date.parse(`${from}T00:00:00Z`)
        const toMs = fromMs + 28 * 86_400_000
        const { startTime } = await connection.workflowService.listScheduleMatchingTimes({
          namespace: 'default',
          scheduleId: raidScheduleId(raidId),
          startTime: { seconds: (fromMs / 1_000) as never },
          endTime: { seconds: (toMs / 1_000) as never },
        })
        // Some seconds late, so that not all raids fire in one.
        const fired = startTime.map(({ seconds }) => Math.floor(Number(seconds) / 60) * 60_000)
        for (const atMs of fired) assert.equal(wallTimeAt(zone, atMs).hour, 12)
        const named = fired.map((atMs) => dateAt(zone, atMs + 2 * 86_400_000))
        const inside = slotsBetween(rule, fromMs + 3 * 86_400_000, toMs + 86_400_000, 100)
        assert.deepEqual(
          named.filter((slot) => inside.some((one) => one.slot === slot)),
          inside.map(({ slot }) => slot),
        )
        for (const { slot, startsAtMs } of inside) {
          const [year = 0, month = 0, day = 0] = slot.split('-').map(Number)
          const firedMs = momentOf(zone, { year, month, day: day - 2, hour: 12, minute: 0 })
          const leadH = (startsAtMs - firedMs) / 3_600_000
          assert.ok(fired.includes(firedMs), `${slot} in ${zone} has a firing`)
          assert.ok(leadH >= 36 && leadH <= 61, `${leadH} h before ${slot} in ${zone}`)
        }
        await series(raidId, 2, null)
      }
    })
  })
})
