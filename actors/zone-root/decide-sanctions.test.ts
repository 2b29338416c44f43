import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sanctionKey } from '../sanction-book.ts'
import { zoneDefinition } from './actor.ts'
import { zoneSanctionsMax } from './state.ts'
import {
  admin,
  commands,
  durable,
  moderator,
  ofGuild,
  outsiders,
  owner,
  user,
  ZoneKit,
  zoneId,
} from './zone-root.kit.ts'

const { create, sanction, lift, expire, wake, watch } = commands

const made = (guildId: string | null = 'g1'): ZoneKit => {
  const kit = new ZoneKit()
  kit.run(create({ guild_id: guildId }))
  return kit
}

describe('a sanction of a zone', () => {
  test('stands in the plan until it is lifted, and is written down with everything that hangs on it', () => {
    const kit = made()
    kit.run(watch(1))
    const { reply, writes, plan } = kit.run(sanction(moderator, 'ban', 'eve', 60))
    const untilMs = kit.nowMs + 60_000
    const named = { zone_id: zoneId, kind: 'ban', user_id: 'eve', generation: 1 }
    assert.deepEqual(reply, { ok: { ...named, until: new Date(untilMs).toISOString() } })
    assert.deepEqual(plan?.sanctions, [{ kind: 'ban', userId: 'eve', endsAtMs: untilMs }])
    const scope = { scope: 'zone', scopeId: zoneId }
    assert.deepEqual(writes.slice(1), [
      {
        ...{ write: 'sanction.put', ...scope, userId: 'eve', kind: 'ban', generation: 1 },
        ...{ untilMs, by: 'mod', reason: 'threats', atMs: kit.nowMs },
      },
      {
        ...{
          write: 'moderation.event',
          roomId: null,
          ...scope,
          moderatorId: 'mod',
          targetUserId: 'eve',
          action: 'ban',
        },
        ...{ reason: 'threats', evidence: 'clip-1', atMs: kit.nowMs, expiresAtMs: untilMs, durationS: 60 },
        data: { generation: 1 },
      },
      {
        ...{ write: 'outbox', key: `sanction:ban:zone:${zoneId}:eve`, atMs: kit.nowMs },
        message: { kind: 'sanction.set', ref: { kind: 'ban', ...scope, userId: 'eve' }, generation: 1, untilMs },
      },
      {
        ...{ write: 'audit', chain: `zone:${zoneId}`, atMs: kit.nowMs, action: 'sanction.applied' },
        ...{ roomId: null, guildId: 'g1' },
        body: {
          ...{ actor_user: 'mod', target_user: 'eve', reason: 'threats', evidence: 'clip-1' },
          details: { scope: 'zone', kind: 'ban', generation: 1, until_ms: untilMs },
        },
      },
    ])
    const lifted = kit.run(lift(moderator, 'ban', 'eve'))
    assert.deepEqual(lifted.reply, { ok: named })
    assert.deepEqual(lifted.plan?.sanctions, [])
    assert.deepEqual(
      lifted.writes.map(({ write }) => write),
      ['zone.put', 'sanction.lifted', 'moderation.event', 'outbox', 'audit'],
    )
    assert.equal(kit.refusal(lift(moderator, 'ban', 'eve')), 'NOT_SANCTIONED')
  })

  test('is replaced by the same again, which may extend, shorten or make it permanent', () => {
    const kit = made()
    kit.run(sanction(moderator, 'mute', 'eve', 60))
    for (const [durationS, untilMs] of [
      [600, kit.nowMs + 600_000],
      [10, kit.nowMs + 10_000],
      [null, null],
    ] as const) {
      const { writes } = kit.run(sanction(moderator, 'mute', 'eve', durationS))
      assert.equal(kit.state.book.sanctions.get(sanctionKey('mute', user('eve')))?.untilMs, untilMs)
      const told = writes.flatMap((row) => (row.write === 'outbox' ? [row.message.kind] : []))
      assert.deepEqual(told, [durationS === null ? 'sanction.ended' : 'sanction.set'])
    }
    assert.equal(kit.done(sanction(moderator, 'mute', 'eve', 60)).generation, 5)
  })

  test('is ended by whichever clock comes first, once, and not before its time', () => {
    const kit = made()
    kit.run(watch(1))
    kit.run(sanction(moderator, 'mute', 'eve', 60))
    kit.run(sanction(moderator, 'deafen', 'bob', 90))
    assert.deepEqual(kit.done(expire('mute', 'eve', 1)), { lifted: false, not_before_ms: kit.nowMs + 60_000 })
    kit.nowMs += 60_000
    assert.equal(zoneDefinition.nextWakeAtMs(kit.state), kit.nowMs)
    const woken = kit.run(wake)
    assert.deepEqual(
      woken.events.map((event) => 'clock' in event && [event.cause, event.clock, event.by, event.user_id]),
      [['expired', 'actor', 'system', 'eve']],
    )
    assert.deepEqual(
      woken.plan?.sanctions.map(({ userId }) => userId),
      ['bob'],
    )
    const late = kit.run(expire('mute', 'eve', 1))
    assert.deepEqual([late.reply, late.events, late.pushed], [{ ok: { lifted: false, not_before_ms: null } }, [], []])
    kit.nowMs += 30_000
    assert.deepEqual(kit.done(expire('deafen', 'bob', 1)), { lifted: true, not_before_ms: null })
    assert.equal(zoneDefinition.nextWakeAtMs(kit.state), null)
  })

  test('of an older generation is not ended by its clock', () => {
    const kit = made()
    kit.run(sanction(moderator, 'mute', 'eve', 10))
    kit.run(sanction(moderator, 'mute', 'eve', 600))
    kit.nowMs += 60_000
    assert.deepEqual(kit.done(expire('mute', 'eve', 1)), { lifted: false, not_before_ms: null })
    assert.equal(kit.state.book.sanctions.size, 1)
  })

  test('takes no more room than it may, and a running one is changed all the same; the plan still fits into one message', () => {
    const kit = made()
    const name = (index: number) => `u${String(index).padStart(35, '0')}`
    for (let index = 0; index < zoneSanctionsMax; index += 1) kit.run(sanction(admin, 'deafen', name(index), 1_000))
    assert.equal(kit.refusal(sanction(admin, 'ban', 'one-more')), 'TOO_MANY_SANCTIONS')
    assert.equal(kit.refusal(sanction(admin, 'deafen', name(0), 60)), null)
    assert.ok(JSON.stringify(kit.done(watch(1))).length < 150_000)
    assert.deepEqual(durable(kit.restored()), durable(kit.state))
  })
})

describe('who may', () => {
  test('sanction in a guild’s zone: its moderators and its owner, services and admins; nobody on themselves', () => {
    const kit = made()
    for (const by of outsiders) assert.equal(kit.refusal(sanction(by, 'mute', 'eve')), 'FORBIDDEN')
    for (const by of [moderator, owner, admin]) {
      assert.equal(kit.refusal(sanction(by, 'mute', 'eve')), null)
      assert.equal(kit.refusal(sanction(by, 'mute', by.user_id)), 'FORBIDDEN')
    }
  })

  test('sanction in a zone of no guild: services and admins alone', () => {
    const kit = made(null)
    for (const by of [...outsiders, moderator, owner]) {
      assert.equal(kit.refusal(sanction(by, 'ban', 'eve')), 'FORBIDDEN')
    }
    assert.equal(kit.refusal(sanction(admin, 'ban', 'eve')), null)
  })

  test('undo: whoever stands as high as the one who did it, or higher', () => {
    const kit = made()
    kit.run(sanction(admin, 'ban', 'eve'))
    for (const by of [moderator, owner]) {
      assert.equal(kit.refusal(lift(by, 'ban', 'eve')), 'FORBIDDEN')
      assert.equal(kit.refusal(sanction(by, 'ban', 'eve', 1)), 'FORBIDDEN', 'which would end it in a second')
    }
    assert.equal(kit.refusal(lift(admin, 'ban', 'eve')), null)
    kit.run(sanction(ofGuild('mod-2', 'moderator'), 'mute', 'mod'))
    assert.equal(kit.refusal(lift(moderator, 'mute', 'mod')), 'FORBIDDEN')
    assert.equal(kit.refusal(lift(owner, 'mute', 'mod')), null)
  })
})
