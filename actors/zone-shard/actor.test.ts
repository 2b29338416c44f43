import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { SessionId } from '../../protocol/ids.ts'
import { defaultAuthority } from '../../protocol/zone/authority-rules.ts'
import { gatewaysMax, zoneNumber, type ZoneId, type ZonePlan } from '../../protocol/zone/plan.ts'
import { wholeZone } from '../../protocol/zone/region-map.ts'
import { defaultRules } from '../../protocol/zone/rules.ts'
import { shardDefinition } from './actor.ts'
import { initialState, type ShardState } from './state.ts'

const zoneId = '0000000a-0000-4000-8000-000000000000' as ZoneId
const session = (number: number): SessionId =>
  `00000000-0000-4000-8000-${String(number).padStart(12, '0')}` as SessionId
const [one, two] = [session(1), session(2)] as const

const plan = (version: number): ZonePlan => ({
  zoneId,
  number: zoneNumber(zoneId),
  name: 'the north',
  guildId: null,
  version,
  rules: defaultRules,
  authority: defaultAuthority,
  map: wholeZone({ left: 0, bottom: 0, right: 500, top: 500 }),
  playersMax: 10_000,
  isFull: false,
  isClosed: false,
  sanctions: [],
})

function after(state: ShardState, command: unknown): ShardState {
  const { reply, changes } = shardDefinition.decide(state, shardDefinition.decodeCommand(command), {} as never)
  assert.ok('ok' in reply)
  return changes.reduce((before, change) => shardDefinition.applyChange(before, change), state)
}
const attach = (who: SessionId, gateway: number, version: number) => ({
  type: 'attach',
  session_id: who,
  gateway,
  plan: plan(version),
})
const attached = (state: ShardState): unknown[] => [...state.gateways]

describe("a region's actor", () => {
  test('knows the gateways that are attached, and goes by the highest plan that any of them told', () => {
    const state = [attach(one, 3, 2), attach(two, 4, 1)].reduce(after, initialState)
    assert.deepEqual(attached(state), [
      [one, 3],
      [two, 4],
    ])
    assert.equal(state.plan?.version, 2)
    assert.equal(after(state, attach(two, 4, 5)).plan?.version, 5)
  })

  test('has one session for a number: who comes later has it', () => {
    assert.deepEqual(attached([attach(one, 3, 1), attach(two, 3, 1)].reduce(after, initialState)), [[two, 3]])
    assert.deepEqual(attached([attach(one, 3, 1), attach(one, 5, 1)].reduce(after, initialState)), [[one, 5]])
  })

  test('may rest when the last gateway is gone, and keeps its plan until then', () => {
    const state = after(initialState, attach(one, 0, 1))
    assert.equal(shardDefinition.mayRest(state), false)
    const empty = after(state, shardDefinition.detachCommand(one))
    assert.equal(shardDefinition.mayRest(empty), true)
    assert.equal(empty.plan?.version, 1)
    assert.equal(after(empty, { type: 'detach', session_id: two }), empty)
  })

  test('refuses a gateway above the last number, and a plan without a version', () => {
    for (const bad of [{ gateway: gatewaysMax }, { gateway: -1 }, { plan: {} }, { session_id: 'x' }]) {
      assert.throws(() => shardDefinition.decodeCommand({ ...attach(one, 1, 1), ...bad }))
    }
  })

  test('begins anew without anybody: nothing of it is kept', () => {
    const state = after(initialState, attach(one, 1, 1))
    assert.deepEqual(shardDefinition.fromSnapshot('shard:x' as never, shardDefinition.toSnapshot(state)), initialState)
    assert.throws(() => shardDefinition.decodeEvent({}), TypeError)
  })
})
