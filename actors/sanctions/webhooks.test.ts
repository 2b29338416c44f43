import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { messageOf } from '../../persistence/index.ts'
import { decoder } from '../../protocol/codec.ts'
import { globalScope } from '../../protocol/sanctions/scope.ts'
import { WebhookEvent } from '../../protocol/webhooks/events.ts'
import { admin, commands, moderator, ScopeKit } from './sanctions.kit.ts'

const { apply, lift } = commands
const decode = decoder(WebhookEvent)
const messages = (kit: ScopeKit) => kit.webhooks.map((write) => decode(JSON.parse(messageOf(write).body)))

describe('webhooks are told of a sanction beyond one room', () => {
  test('of the guild whose it is, and of no room', () => {
    const kit = new ScopeKit()
    kit.run(apply(moderator, 'ban', 'eve', 60))
    kit.run(lift(moderator, 'ban', 'eve'))
    const [banned, unbanned] = messages(kit)
    assert.ok(banned?.type === 'moderation.banned' && unbanned?.type === 'moderation.unbanned')
    assert.deepEqual(
      [banned.room_id, banned.guild_id, banned.data.scope, banned.data.user_id, banned.data.reason],
      [null, 'g1', 'guild', 'eve', 'threats'],
    )
    assert.equal(banned.data.until, new Date(kit.nowMs + 60_000).toISOString())
    assert.ok(unbanned.seq > banned.seq)
  })

  test('of the whole service, and of no guild', () => {
    const kit = new ScopeKit(globalScope)
    kit.run(apply(admin, 'mute', 'eve', null))
    const [muted] = messages(kit)
    assert.ok(muted?.type === 'moderation.muted')
    assert.deepEqual([muted.room_id, muted.guild_id, muted.data.scope, muted.data.until], [null, null, 'global', null])
  })
})
