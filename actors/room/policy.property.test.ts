import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { UserId } from '../../protocol/ids.ts'
import type { RoomCommand } from '../../protocol/room/commands.ts'
import { permissions } from '../../protocol/room/permissions.ts'
import { as, commands, ofGuild, RoomKit } from './room.kit.ts'
import type { RoomState } from './state.ts'

const names = ['owner', 'ann', 'bob', 'cid', 'dan']
const name = fc.constantFrom(...names)
const by = fc.oneof(
  { weight: 6, arbitrary: name.map((who) => as(who)) },
  {
    weight: 2,
    arbitrary: fc.tuple(name, fc.constantFrom('owner', 'moderator', 'member')).map(([who, role]) => ofGuild(who, role)),
  },
  { weight: 1, arbitrary: fc.constant(as('boss', 'admin')) },
)
const role = fc.constantFrom('moderator', 'member', null)
const some = fc.subarray([...permissions])
const overrides = fc.record({ moderator: fc.record({ allow: some, deny: some }), member: fc.record({ allow: some }) })

const command = fc.oneof<fc.WeightedArbitrary<RoomCommand>[]>(
  {
    weight: 4,
    arbitrary: fc.tuple(by, name, role).map(([who, target, given]) => commands.setRole(who, target, given)),
  },
  { weight: 1, arbitrary: fc.tuple(by, name).map(([who, target]) => commands.transfer(who, target)) },
  { weight: 4, arbitrary: fc.tuple(by, name).map(([who, target]) => commands.mute(who, target, null)) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(by, fc.constantFrom('ban', 'deafen'), name)
      .map(([who, kind, target]) => commands.sanction(who, kind, target, 5)),
  },
  { weight: 2, arbitrary: fc.tuple(by, name).map(([who, target]) => commands.lift(who, 'ban', target)) },
  { weight: 2, arbitrary: fc.tuple(by, name).map(([who, target]) => commands.kick(who, target, 5)) },
  { weight: 2, arbitrary: fc.tuple(by, name).map(([who, target]) => commands.unmute(who, target)) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(by, fc.integer({ min: 1, max: 8 }))
      .map(([who, seat]) => commands.join(who.user_id, seat, { by: who })),
  },
  { weight: 1, arbitrary: name.map((who) => commands.leave(who)) },
  { weight: 1, arbitrary: fc.tuple(by, overrides).map(([who, set]) => commands.update(who, { permissions: set })) },
)

/** Written down once more, apart from the policy: 0 nobody, 1 member, 2 moderator, 3 owner. */
function rank(state: RoomState, user: UserId, inGuild = 0): number {
  if (state.room?.spec.owner_id === user) return 3
  const given = state.roles.get(user)
  if (given !== undefined) return given === 'moderator' ? 2 : 1
  const seat = state.seats.get(user)
  return Math.max(inGuild, seat === undefined ? 0 : seat.role === 'moderator' ? 2 : 1)
}

const targetOf = (command: RoomCommand): UserId | null => ('target_user_id' in command ? command.target_user_id : null)

test('no sequence of commands lets somebody act on their own rank, on one above it, or on themselves', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 60 }), overrides, (story, set) => {
      const room = new RoomKit().given(
        commands.create(
          { room_type: 'guild', guild_id: 'g1', max_participants: 50, permissions: set },
          ofGuild('owner'),
        ),
      )
      for (const command of story) {
        const before = room.state
        const { events } = room.run(command)
        const target = targetOf(command)
        if (events.length === 0 || target === null || !('by' in command)) continue
        const { user_id: user, privileges, guilds } = command.by
        if (command.type !== 'transfer_ownership') assert.notEqual(user, target)
        if (privileges.length > 0) continue
        const inGuild = guilds === undefined ? 0 : guilds[0]?.role === 'member' ? 1 : 2
        assert.ok(rank(before, user, inGuild) > rank(before, target), `${user} did ${command.type} to ${target}`)
        if (command.type === 'set_role') assert.ok(rank(room.state, target) < rank(before, user, inGuild))
      }
    }),
    { numRuns: 300 },
  )
})
