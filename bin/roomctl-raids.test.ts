import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Raid } from '../persistence/raids/port.ts'
import type { RoomId, UserId } from '../protocol/ids.ts'
import type { RaidId } from '../protocol/raids/values.ts'
import { raidsJson, raidsText, raidText, reportJson, type RaidReport } from './roomctl-raids.ts'
import { plainScreen } from './table.ts'

const startsAtMs = Date.UTC(2027, 2, 30, 18)
const raid: Raid = {
  ...{ raidId: '5a2989ab-18e9-44cc-81f0-2fb1da5b6da2' as RaidId, creatorId: 'ann' as UserId, guildId: 'g1' },
  ...{ name: 'Molten Core', description: '', onceAtMs: null, region: null, roles: [], maxParticipants: 40 },
  rule: { days: ['tue'], time: '20:00', zone: 'Europe/Berlin', every_weeks: 2, starts_on: '2027-03-01' },
  ...{ durationS: 600, opensBeforeS: 0, status: 'active', generation: 7, nextAtMs: startsAtMs },
  ...{ createdAtMs: 0, updatedAtMs: 0 },
}
const report: RaidReport = {
  raid,
  occurrences: [
    {
      ...{ slot: '2027-03-30', startsAtMs, endsAtMs: startsAtMs + 600_000, status: 'open' },
      roomId: '7b0c4f5e-1a9b-4f57-9a44-0f3a1d2c9e10' as RoomId,
    },
  ],
  roster: [
    { slot: null, userId: 'bob' as UserId, role: 'tank', roomRole: 'moderator', status: 'going', atMs: 0 },
    { slot: '2027-03-30', userId: 'cid' as UserId, role: 'dps', roomRole: 'member', status: 'declined', atMs: 0 },
  ],
}

describe('roomctl raids', () => {
  test('says when each is next, and by which rule', () => {
    const text = raidsText([raid, { ...raid, rule: null, onceAtMs: startsAtMs, guildId: null }], plainScreen)
    assert.match(
      text,
      /2027-03-30T18:00:00.000Z +Molten Core +g1 +ann +active +tue 20:00 Europe\/Berlin, every 2 weeks +5a29/,
    )
    assert.match(text, /– +ann +active +once, 2027-03-30T18:00:00.000Z/)
    assert.equal(raidsText([], plainScreen), 'No raid is planned.')
  })

  test('shows of one its nights with their rooms, and who comes', () => {
    const text = raidText(report, plainScreen)
    assert.match(text, /2027-03-30 +2027-03-30T18:00:00.000Z +2027-03-30T18:10:00.000Z +open +7b0c4f5e/)
    assert.match(text, /bob +tank +moderator +yes/)
    assert.match(text, /cid +dps +member +no/)
    assert.match(
      raidText({ raid, occurrences: [], roster: [] }, plainScreen),
      /No occurrence is near[^]+Nobody has answered/,
    )
  })

  test('gives programs the same', () => {
    assert.deepEqual(
      raidsJson([raid]).raids.map(({ raid_id: id, generation }) => [id, generation]),
      [[raid.raidId, 7]],
    )
    const json = reportJson(report)
    assert.equal(json.occurrences[0]?.occurrence, '2027-03-30')
    assert.deepEqual(json.roster[0], { user_id: 'bob', role: 'tank', room_role: 'moderator', status: 'going' })
  })
})
