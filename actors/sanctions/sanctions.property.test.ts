import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { widerKinds } from '../../protocol/sanctions/scope.ts'
import { sanctionKey } from '../sanction-book.ts'
import { admin, commands, moderator, owner, ofGuild, ScopeKit, user } from './sanctions.kit.ts'

const by = fc.constantFrom(admin, moderator, owner, ofGuild('ann', 'member'))
const kind = fc.constantFrom(...widerKinds)
const target = fc.constantFrom('eve', 'bob', 'mod', 'lead')
const generation = fc.integer({ min: 1, max: 6 })
const step = fc.oneof(
  fc
    .tuple(by, kind, target, fc.option(fc.integer({ min: 1, max: 30 })))
    .map(([who, what, whom, durationS]) => ({ command: commands.apply(who, what, whom, durationS), passMs: 0 })),
  fc.tuple(by, kind, target).map(([who, what, whom]) => ({ command: commands.lift(who, what, whom), passMs: 0 })),
  fc
    .tuple(kind, target, generation)
    .map(([what, whom, at]) => ({ command: commands.expire(what, whom, at), passMs: 0 })),
  fc.integer({ min: 1, max: 20_000 }).map((passMs) => ({ command: commands.wake, passMs })),
)

test('each generation stands once and is lifted once at the most; journal, snapshot and record tell the same', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const kit = new ScopeKit()
      const record = new Map<string, { generation: number; untilMs: number | null; isLifted: boolean }>()
      const lifted = new Set<string>()
      for (const { command, passMs } of steps) {
        kit.nowMs += passMs
        for (const row of kit.run(command).writes) {
          if (row.write === 'sanction.put') {
            const key = sanctionKey(row.kind, row.userId)
            assert.ok(row.generation > (record.get(key)?.generation ?? 0), 'generations rise')
            record.set(key, { generation: row.generation, untilMs: row.untilMs, isLifted: false })
          }
          if (row.write === 'sanction.lifted') {
            const key = sanctionKey(row.kind, row.userId)
            const stood = record.get(key)
            assert.deepEqual([stood?.generation, stood?.isLifted], [row.generation, false])
            assert.ok(!lifted.has(`${key} ${row.generation}`))
            lifted.add(`${key} ${row.generation}`)
            if (row.cause === 'expired')
              assert.ok((stood?.untilMs ?? Number.POSITIVE_INFINITY) <= kit.nowMs, 'not early')
            if (stood) record.set(key, { ...stood, isLifted: true })
          }
        }
      }
      const standing = [...record].filter(([, { isLifted }]) => !isLifted)
      assert.deepEqual(
        kit.state.parts
          .flatMap(({ sanctions }) => [...sanctions])
          .map(([key, one]) => [key, one.generation, one.untilMs])
          .sort(),
        standing.map(([key, one]) => [key, one.generation, one.untilMs]).sort(),
      )
      for (const { ranks, sanctions } of kit.state.parts) {
        assert.deepEqual([...ranks.keys()].sort(), [...sanctions.keys()].sort())
      }
      assert.equal(kit.state.size, standing.length)
      assert.deepEqual(kit.restored(), kit.state)
      assert.deepEqual(kit.replayed(), kit.state)
      for (const who of [user('ann')]) assert.ok(!kit.journal.some(({ event }) => event.by === who), 'no outsider')
    }),
  )
})
