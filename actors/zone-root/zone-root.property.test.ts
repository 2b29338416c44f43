import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { widerKinds } from '../../protocol/sanctions/scope.ts'
import type { ZoneCommand } from '../../protocol/zone/commands.ts'
import { regionsMax, type ZonePlan } from '../../protocol/zone/plan.ts'
import { cellM, leastSideM, regionsOf } from '../../protocol/zone/region-map.ts'
import { zoneDefinition } from './actor.ts'
import { admin, commands, durable, moderator, owner, session, ZoneKit } from './zone-root.kit.ts'

type Step = { readonly passMs: number } & (
  | { readonly command: ZoneCommand }
  /** On the map as it is now: the how-manieth of its regions. */
  | { readonly cut: number; readonly axis: 'x' | 'y'; readonly cell: number }
  | { readonly merge: number }
  | { readonly moves: 'snapshot' | 'journal' }
)

const passMs = fc.nat(2_000)
const gateway = fc.integer({ min: 1, max: 6 })
const carried = fc.nat(8)
const side = fc.integer({ min: leastSideM, max: 4_080 })
const by = fc.constantFrom(admin, moderator, owner)
const kind = fc.constantFrom(...widerKinds)
const target = fc.constantFrom('eve', 'bob', 'mod')
const command: fc.Arbitrary<ZoneCommand> = fc.oneof(
  fc.tuple(gateway, fc.option(fc.nat(5)), carried).map((args) => commands.watch(...args)),
  fc.tuple(gateway, carried).map((args) => commands.players(...args)),
  gateway.map((number) => commands.unwatch(number)),
  fc.tuple(side, side).map(([width_m, height_m]) => commands.update({ bounds: { width_m, height_m } })),
  fc.integer({ min: 1, max: 30 }).map((players_max) => commands.update({ players_max })),
  fc.tuple(by, kind, target, fc.option(fc.integer({ min: 1, max: 10 }))).map((args) => commands.sanction(...args)),
  fc.tuple(by, kind, target).map((args) => commands.lift(...args)),
  fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })).map((args) => commands.merge(...args)),
  fc.constant(commands.wake),
)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ passMs, command }) },
  {
    weight: 3,
    arbitrary: fc.record({
      passMs,
      cut: fc.nat(63),
      axis: fc.constantFrom('x' as const, 'y' as const),
      cell: fc.nat(70),
    }),
  },
  { weight: 1, arbitrary: fc.record({ passMs, merge: fc.nat(63) }) },
  { weight: 1, arbitrary: fc.record({ passMs, moves: fc.constantFrom('snapshot' as const, 'journal' as const) }) },
)

function commandOf(kit: ZoneKit, step: Exclude<Step, { moves: unknown }>): ZoneCommand {
  if ('command' in step) return step.command
  const map = kit.state.zone?.map
  assert.ok(map)
  const regions = regionsOf(map)
  const idAt = (index: number) => regions[index % regions.length]?.id ?? 0
  return 'cut' in step
    ? commands.cut(map.version, idAt(step.cut), step.axis, step.cell * cellM)
    : commands.merge(map.version, idAt(step.merge))
}

/** What the regions of a map promise: they cover the zone once, none is too narrow, and there are not too many. */
function checkMap({ map }: ZonePlan, width: number, height: number): void {
  const regions = regionsOf(map)
  assert.ok(regions.length <= regionsMax)
  const areaOf = ({ left, bottom, right, top }: (typeof regions)[number]['rect']) => (right - left) * (top - bottom)
  assert.equal(
    regions.reduce((sum, { rect }) => sum + areaOf(rect), 0),
    width * height,
  )
  for (const { rect } of regions) {
    assert.ok(rect.right - rect.left >= leastSideM && rect.top - rect.bottom >= leastSideM)
    assert.ok(rect.left >= 0 && rect.bottom >= 0 && rect.right <= width && rect.top <= height)
  }
}

test('whatever happens to a root: maps stay whole, ids and versions are given out once, numbers are one gateway’s, and nothing durable is lost', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const kit = new ZoneKit()
      kit.run(commands.create({ players_max: 12 }))
      const areas = new Map<number, unknown>()
      const plans = new Map<number, string>()
      let told = 0
      const hear = (plan: ZonePlan): void => {
        const text = JSON.stringify(plan)
        assert.ok(plan.version >= told && Number.isSafeInteger(plan.version), 'no version is lower than one before it')
        assert.equal(plans.get(plan.version) ?? text, text, 'one version is one plan')
        plans.set(plan.version, text)
        told = plan.version
        for (const { id, rect } of regionsOf(plan.map)) {
          assert.deepEqual(areas.get(id) ?? rect, rect, 'a region never is another area')
          areas.set(id, rect)
        }
      }
      for (const step of steps) {
        kit.nowMs += step.passMs
        if ('moves' in step) {
          const before = durable(kit.state)
          kit.moved(step.moves)
          assert.deepEqual(durable(kit.state), before)
          continue
        }
        const before = kit.state
        const { pushed, reply } = kit.run(commandOf(kit, step))
        pushed.forEach(hear)
        if ('reject' in reply) assert.equal(kit.state, before, 'what is refused changes nothing')
        const { zone, watchers, players, isFull } = kit.state
        assert.ok(zone)
        if (watchers.size > 0) {
          const plan = kit.welcome(1)
          hear(plan)
          checkMap(plan, zone.spec.bounds.width_m, zone.spec.bounds.height_m)
          assert.equal(plan.sanctions.length, kit.state.book.sanctions.size)
        }
        const numbers = [...watchers.values()].map(({ gateway: number }) => number)
        assert.equal(new Set(numbers).size, numbers.length, 'a number is one gateway’s')
        assert.equal(
          players,
          [...watchers.values()].reduce((sum, watcher) => sum + watcher.players, 0),
        )
        if (players >= zone.spec.players_max) assert.ok(isFull)
        else if (isFull) assert.notEqual(zoneDefinition.nextWakeAtMs(kit.state), null, 'it says so by and by')
      }
      const { zone } = kit.state
      assert.equal(zone?.version, kit.journal.length)
      assert.deepEqual(durable(kit.replayed()), durable(kit.state))
      assert.deepEqual(durable(kit.restored()), durable(kit.state))
    }),
    { numRuns: 200, seed: 7 },
  )
})

test('a gateway that asks again is told the same number, whoever comes and goes meanwhile', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(gateway, fc.option(fc.nat(4)), fc.boolean()), { maxLength: 40 }), (asks) => {
      const kit = new ZoneKit()
      kit.run(commands.create())
      const known = new Map<number, number>()
      for (const [number, wanted, leaves] of asks) {
        if (leaves) {
          kit.run(commands.unwatch(number))
          known.delete(number)
          continue
        }
        const isMine = known.get(number)
        const { gateway: given } = kit.done(commands.watch(number, isMine ?? wanted))
        assert.equal(given, isMine ?? given)
        const isFree = wanted !== null && ![...known.values()].includes(wanted)
        if (isMine === undefined && isFree) assert.equal(given, wanted)
        known.set(number, given)
        assert.equal(kit.done(commands.watch(number)).gateway, given)
      }
      for (const [number, given] of known) assert.equal(kit.state.watchers.get(session(number))?.gateway, given)
    }),
    { numRuns: 100, seed: 8 },
  )
})
