import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { globalScope } from '../../protocol/sanctions/scope.ts'
import { sanctionKey } from '../sanction-book.ts'
import { wakeEventsMax } from './decide.ts'
import { scopeDefinition } from './actor.ts'
import { admin, commands, guild, moderator, ofGuild, owner, ScopeKit, user } from './sanctions.kit.ts'
import { partOf, widerSanctionsMax } from './state.ts'

const { apply, lift, expire, authorize, wake } = commands

describe('a sanction of a guild', () => {
  test('stands until it is lifted, and is written down with everything that hangs on it', () => {
    const kit = new ScopeKit()
    const { reply, writes } = kit.run(apply(moderator, 'ban', 'eve', 60))
    const untilMs = kit.nowMs + 60_000
    assert.deepEqual(reply, {
      ok: {
        ...{ scope: 'guild', scope_id: 'g1', kind: 'ban', user_id: 'eve', generation: 1 },
        until: new Date(untilMs).toISOString(),
      },
    })
    const sanction = { userId: 'eve', kind: 'ban', generation: 1 }
    assert.deepEqual(writes, [
      { write: 'sanction.put', ...guild, ...sanction, untilMs, by: 'mod', reason: 'threats', atMs: kit.nowMs },
      {
        ...{
          write: 'moderation.event',
          roomId: null,
          ...guild,
          moderatorId: 'mod',
          targetUserId: 'eve',
          action: 'ban',
        },
        ...{ reason: 'threats', evidence: 'clip-1', atMs: kit.nowMs, expiresAtMs: untilMs, durationS: 60 },
        data: { generation: 1 },
      },
      {
        ...{ write: 'outbox', key: 'sanction:ban:guild:g1:eve', atMs: kit.nowMs },
        message: {
          kind: 'sanction.set',
          ref: { kind: 'ban', ...guild, userId: 'eve' },
          generation: 1,
          untilMs,
        },
      },
      { write: 'sanction.spread', userId: 'eve', atMs: kit.nowMs },
      {
        ...{ write: 'audit', chain: 'sanctions:guild:g1', atMs: kit.nowMs, action: 'sanction.applied' },
        ...{ roomId: null, guildId: 'g1' },
        body: {
          ...{ actor_user: 'mod', target_user: 'eve', reason: 'threats', evidence: 'clip-1' },
          details: { scope: 'guild', kind: 'ban', generation: 1, until_ms: untilMs },
        },
      },
    ])
    const lifted = kit.run(lift(moderator, 'ban', 'eve'))
    assert.deepEqual(
      lifted.writes.map(({ write }) => write),
      ['sanction.lifted', 'moderation.event', 'outbox', 'sanction.spread', 'audit'],
    )
    assert.equal(kit.state.size + partOf(kit.state, user('eve')).ranks.size, 0)
    assert.equal(kit.refusal(lift(moderator, 'ban', 'eve')), 'NOT_SANCTIONED')
  })

  test('is replaced by the same again, which may extend, shorten or make it permanent', () => {
    const kit = new ScopeKit()
    kit.run(apply(moderator, 'mute', 'eve', 60))
    for (const [durationS, untilMs] of [
      [600, kit.nowMs + 600_000],
      [10, kit.nowMs + 10_000],
      [null, null],
    ] as const) {
      kit.run(apply(moderator, 'mute', 'eve', durationS))
      assert.equal(partOf(kit.state, user('eve')).sanctions.get(sanctionKey('mute', user('eve')))?.untilMs, untilMs)
    }
    const { events, writes } = kit.run(apply(moderator, 'mute', 'eve', 60))
    assert.equal(events[0]?.generation, 5)
    const again = kit.run(apply(moderator, 'mute', 'eve'))
    assert.equal(writes.find((row) => row.write === 'outbox')?.message.kind, 'sanction.set')
    assert.equal(again.writes.find((row) => row.write === 'outbox')?.message.kind, 'sanction.ended')
  })

  test('is ended by whichever clock comes first, once, and not before its time', () => {
    const kit = new ScopeKit()
    kit.run(apply(moderator, 'mute', 'eve', 60))
    assert.deepEqual(kit.run(expire('mute', 'eve', 1)).reply, {
      ok: { lifted: false, not_before_ms: kit.nowMs + 60_000 },
    })
    kit.nowMs += 60_000
    assert.equal(scopeDefinition.nextWakeAtMs(kit.state), kit.nowMs)
    const woken = kit.run(wake)
    assert.deepEqual(
      woken.events.map((event) => 'clock' in event && [event.cause, event.clock, event.by]),
      [['expired', 'actor', 'system']],
    )
    const late = kit.run(expire('mute', 'eve', 1))
    assert.deepEqual([late.reply, late.events], [{ ok: { lifted: false, not_before_ms: null } }, []])
    assert.equal(scopeDefinition.nextWakeAtMs(kit.state), null)
  })

  test('of an older generation is not ended by its clock', () => {
    const kit = new ScopeKit()
    kit.run(apply(moderator, 'mute', 'eve', 10))
    kit.run(apply(moderator, 'mute', 'eve', 600))
    kit.nowMs += 60_000
    assert.deepEqual(kit.run(expire('mute', 'eve', 1)).reply, { ok: { lifted: false, not_before_ms: null } })
    assert.equal(kit.state.size, 1)
  })

  test('takes no more room than it may, and a running one is changed all the same', () => {
    const kit = new ScopeKit()
    kit.run(apply(admin, 'ban', 'eve'))
    for (let index = 1; index < widerSanctionsMax; index += 1) kit.run(apply(admin, 'ban', `u${index}`))
    assert.equal(kit.refusal(apply(admin, 'ban', 'one-more')), 'TOO_MANY_SANCTIONS')
    assert.equal(kit.refusal(apply(admin, 'ban', 'eve', 60)), null)
  })

  test('ends with a crowd of others by turns', () => {
    const kit = new ScopeKit()
    for (let index = 0; index < wakeEventsMax + 5; index += 1) kit.run(apply(admin, 'mute', `u${index}`, 1))
    kit.nowMs += 1_000
    assert.deepEqual([kit.run(wake).events.length, kit.run(wake).events.length], [wakeEventsMax, 5])
  })
})

describe('who may', () => {
  const outsiders = [ofGuild('ann', 'member'), { user_id: user('bob'), privileges: [] }]

  test('sanction in a guild: its moderators and its owner, services and admins; nobody on themselves', () => {
    const kit = new ScopeKit()
    for (const by of outsiders) assert.equal(kit.refusal(apply(by, 'mute', 'eve')), 'FORBIDDEN')
    for (const by of [moderator, owner, admin]) {
      assert.equal(kit.refusal(apply(by, 'mute', 'eve')), null)
      assert.equal(kit.refusal(apply(by, 'mute', by.user_id)), 'FORBIDDEN')
      assert.equal(kit.refusal(authorize(by)), null)
    }
    for (const by of outsiders) assert.equal(kit.refusal(authorize(by)), 'FORBIDDEN')
  })

  test('sanction in the whole service: services and admins alone', () => {
    const kit = new ScopeKit(globalScope)
    for (const by of [...outsiders, moderator, owner]) {
      assert.equal(kit.refusal(apply(by, 'ban', 'eve')), 'FORBIDDEN')
      assert.equal(kit.refusal(authorize(by)), 'FORBIDDEN')
    }
    assert.equal(kit.refusal(apply(admin, 'ban', 'eve')), null)
  })

  test('undo: whoever stands as high as the one who did it, or higher', () => {
    const kit = new ScopeKit()
    kit.run(apply(admin, 'ban', 'eve'))
    for (const by of [moderator, owner]) {
      assert.equal(kit.refusal(lift(by, 'ban', 'eve')), 'FORBIDDEN')
      assert.equal(kit.refusal(apply(by, 'ban', 'eve', 1)), 'FORBIDDEN', 'which would end it in a second')
    }
    assert.equal(kit.refusal(lift(admin, 'ban', 'eve')), null)
    kit.run(apply(owner, 'ban', 'eve'))
    assert.equal(kit.refusal(lift(moderator, 'ban', 'eve')), 'FORBIDDEN')
    assert.equal(kit.refusal(lift(owner, 'ban', 'eve')), null)
  })

  test('undo what is on themselves: whoever stands higher than the one who did it', () => {
    const kit = new ScopeKit()
    kit.run(apply(moderator, 'ban', 'lead'))
    kit.run(apply(admin, 'mute', 'lead'))
    kit.run(apply(ofGuild('mod-2', 'moderator'), 'mute', 'mod'))
    assert.equal(kit.refusal(lift(owner, 'ban', 'lead')), null, 'the owner is at no moderator’s mercy')
    assert.equal(kit.refusal(lift(owner, 'mute', 'lead')), 'FORBIDDEN')
    assert.equal(kit.refusal(lift(moderator, 'mute', 'mod')), 'FORBIDDEN')
  })
})
