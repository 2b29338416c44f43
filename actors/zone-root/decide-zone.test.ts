import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { regionsOf } from '../../protocol/zone/region-map.ts'
import { defaultZone } from '../../protocol/zone/spec-rules.ts'
import { zoneDefinition } from './actor.ts'
import { admin, commands, durable, moderator, outsiders, owner, specOf, ZoneKit, zoneId } from './zone-root.kit.ts'

const { create, update, close, view, wake, unwatch, watch, authorize, cut, sanction } = commands

describe('a zone', () => {
  test('is made once, is one region, and shows what it is made of', () => {
    const kit = new ZoneKit()
    const { reply, writes, events } = kit.run(create())
    const shown = {
      ...{ zone_id: zoneId, name: 'Market', guild_id: 'g1', status: 'open', bounds: { width_m: 1_024, height_m: 640 } },
      ...{ ...defaultZone, regions: 1, version: 1, created_by: 'boss', closed_at: null },
      created_at: new Date(kit.nowMs).toISOString(),
    }
    assert.deepEqual(reply, { ok: shown })
    assert.deepEqual(kit.done(view), shown)
    assert.deepEqual(events, [{ type: 'zone.created', v: 1, by: 'boss', spec: specOf() }])
    assert.deepEqual(writes, [
      {
        ...{ write: 'zone.put', zoneId, spec: specOf(), regions: 1, version: 1, createdBy: 'boss' },
        ...{ createdAtMs: kit.nowMs, closedAtMs: null },
      },
      {
        ...{ write: 'audit', chain: `zone:${zoneId}`, atMs: kit.nowMs, action: 'zone.created', roomId: null },
        guildId: 'g1',
        body: {
          ...{ actor_user: 'boss', target_user: null, reason: '', evidence: null },
          details: { name: 'Market', bounds: { width_m: 1_024, height_m: 640 }, players_max: 10_000 },
        },
      },
    ])
    assert.equal(kit.refusal(create()), 'ZONE_EXISTS')
  })

  test('is made, changed and closed by those who lead its guild, and by services and admins; without a guild by these alone', () => {
    for (const by of [admin, moderator, owner]) {
      const kit = new ZoneKit()
      for (const command of [create({}, by), authorize(by), update({ name: 'Square' }, by), close(by)]) {
        assert.equal(kit.refusal(command), null)
      }
    }
    const kit = new ZoneKit()
    for (const by of outsiders) assert.equal(kit.refusal(create({}, by)), 'FORBIDDEN')
    for (const by of [moderator, owner]) assert.equal(kit.refusal(create({ guild_id: null }, by)), 'FORBIDDEN')
    kit.run(create())
    for (const by of outsiders) {
      for (const command of [authorize(by), update({ name: 'Mine' }, by), close(by)]) {
        assert.equal(kit.refusal(command), 'FORBIDDEN')
      }
    }
  })

  test('that was never made is no zone, and the engine’s own commands find nothing to do', () => {
    const kit = new ZoneKit()
    for (const command of [
      view,
      watch(1),
      close(),
      authorize(admin),
      sanction(admin, 'ban', 'eve'),
      cut(1, 1, 'x', 512),
    ]) {
      assert.equal(kit.refusal(command), 'ZONE_NOT_FOUND')
    }
    for (const command of [wake, unwatch(1)]) assert.deepEqual(kit.run(command).reply, { ok: null })
    assert.equal(zoneDefinition.mayRest(kit.state), true)
  })

  test('has rules that fit together, when it is made and when it is changed', () => {
    const kit = new ZoneKit()
    const misfits = [
      { crowd_max: 50, earshot_max: 40 },
      { crowd_speakers: 30, crowd_max: 20 },
      { model: { ...defaultZone.rules.model, ref_m: 50, max_m: 40 } },
    ]
    for (const misfit of misfits) {
      const { reply } = kit.run(create({ rules: { ...defaultZone.rules, ...misfit } }))
      assert.ok('reject' in reply && reply.reject === 'VALIDATION_FAILED' && reply.data?.['field'] === 'rules')
    }
    kit.run(create())
    for (const misfit of misfits) assert.equal(kit.refusal(update({ rules: misfit })), 'VALIDATION_FAILED')
    assert.equal(kit.refusal(update({ rules: { crowd_max: 50 } })), null)
    assert.equal(kit.refusal(update({ rules: { earshot_max: 40 } })), 'VALIDATION_FAILED')
  })

  test('tells whoever watches of a change, and of none where there is none', () => {
    const kit = new ZoneKit()
    kit.run(create())
    const { plan } = kit.done(watch(1))
    const changed = kit.run(update({ name: 'Square', rules: { range_m: 12 }, players_max: 50 }))
    assert.ok(changed.plan && changed.plan.version > plan.version)
    assert.deepEqual(
      [changed.plan.name, changed.plan.rules.rangeM, changed.plan.rules.tickHz, changed.plan.playersMax],
      ['Square', 12, 10, 50],
    )
    assert.equal(changed.plan.map, plan.map)
    const same = kit.run(update({}))
    assert.deepEqual([same.events, same.pushed], [[], []])
    assert.deepEqual(kit.done(view).version, 2)
  })

  test('grows and shrinks at its edges while its cuts stay, but not so that a region is too narrow', () => {
    const kit = new ZoneKit()
    kit.run(create())
    kit.run(cut(1, 1, 'x', 512))
    assert.equal(kit.refusal(update({ bounds: { width_m: 512 + 159, height_m: 640 } })), 'VALIDATION_FAILED')
    kit.run(update({ bounds: { width_m: 2_000, height_m: 640 } }))
    const map = kit.state.zone?.map
    assert.ok(map)
    assert.deepEqual(
      regionsOf(map).map(({ id, rect }) => [id, rect.left, rect.right]),
      [
        [2, 0, 512],
        [4, 512, 2_000],
      ],
    )
    // The same size again is no other map.
    kit.run(update({ bounds: { width_m: 2_000, height_m: 640 } }))
    assert.equal(kit.state.zone?.map, map)
  })

  test('that is closed takes nobody in any more, and is still there to be read', () => {
    const kit = new ZoneKit()
    kit.run(create())
    kit.run(sanction(admin, 'ban', 'eve', 60))
    kit.run(sanction(admin, 'mute', 'bob'))
    kit.run(watch(1))
    const { plan, writes } = kit.run(close())
    assert.equal(plan?.isClosed, true)
    assert.deepEqual(
      writes.map(({ write }) => write),
      ['zone.put', 'sanction.lifted', 'outbox', 'audit'],
    )
    const commandsOfOpen = [update({ name: 'x' }), close(), sanction(admin, 'ban', 'eve'), cut(1, 1, 'x', 512)]
    for (const command of commandsOfOpen) assert.equal(kit.refusal(command), 'ZONE_CLOSED')
    assert.equal(kit.refusal(create()), 'ZONE_EXISTS')
    assert.equal(kit.done(view).closed_at, new Date(kit.nowMs).toISOString())
    assert.equal(kit.done(watch(2)).plan.isClosed, true)
    kit.nowMs += 60_000
    assert.equal(zoneDefinition.nextWakeAtMs(kit.state), null)
    assert.deepEqual(kit.run(wake).events, [])
    assert.deepEqual(zoneDefinition.gauges(kit.state), {})
  })

  test('is the same by its snapshot and by its journal, but for who watches', () => {
    const kit = new ZoneKit()
    for (const command of [create(), cut(1, 1, 'x', 512), sanction(admin, 'ban', 'eve', 60), update({ name: 'x' })]) {
      kit.run(command)
    }
    kit.run(watch(1, null, 7))
    assert.deepEqual(zoneDefinition.gauges(kit.state), { zones: 1, zone_regions: 2, zone_watchers: 1 })
    for (const state of [kit.restored(), kit.replayed()]) {
      assert.deepEqual(durable(state), durable(kit.state))
      assert.deepEqual([state.watchers.size, state.players, state.isFull], [0, 0, false])
    }
    assert.deepEqual(new ZoneKit().restored(), new ZoneKit().state)
  })
})
