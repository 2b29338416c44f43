import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { AppError } from '../../protocol/errors.ts'
import { shardKey, zoneKey } from '../../protocol/zone/plan.ts'
import { cutRegion, mergeRegion } from '../../protocol/zone/region-map.ts'
import { settle } from '../../test/support/manual-time.ts'
import { planOf, ZoneBench, zoneId } from '../../test/support/zone-bench.ts'
import { idleMs } from './carried-zone.ts'

let bench: ZoneBench
beforeEach(() => void (bench = new ZoneBench()))

const key = zoneKey(zoneId)
const halves = cutRegion(planOf().map, 1, { axis: 'x', at: 512 })
const attached = () => [...bench.held.values()].map((held) => held.key).filter((held) => held !== key)

describe('a process that needs a zone', () => {
  test('watches its root with one session, however many ask, and has its number and plan from the answer', async () => {
    const [first, second] = await Promise.all([bench.zones.open(zoneId), bench.zones.open(zoneId)])
    assert.equal(bench.askedOf('watch').length, 1)
    const { command, options } = bench.askedOf('watch')[0]!
    assert.deepEqual(command, { type: 'watch', session_id: options.subscribe, gateway: null, players: 0 })
    assert.equal(first.gateway, 4_095)
    assert.equal(second.plan, bench.plan)
  })

  test('is attached to every region of the plan, with the plan and its number', async () => {
    bench.plan = planOf({ map: halves })
    await bench.open()
    assert.deepEqual(attached(), [shardKey(zoneId, 2), shardKey(zoneId, 3)])
    const [first] = bench.askedOf('attach')
    assert.deepEqual(
      [first?.command['gateway'], first?.command['plan'], first?.command['session_id']],
      [4_095, bench.plan, first?.options.subscribe],
    )
  })

  test('tells new plans to its regions, leaves those that are none any more, and never goes back to an older plan', async () => {
    const hold = await bench.open()
    bench.tellPlan({ map: halves })
    await settle()
    assert.deepEqual(attached(), [shardKey(zoneId, 2), shardKey(zoneId, 3)])
    assert.deepEqual(
      bench.askedOf('detach').map((asked) => asked.key),
      [shardKey(zoneId, 1)],
    )
    bench.push(key, 1, { type: 'plan', plan: planOf({ version: 1, name: 'Old' }) })
    assert.equal(hold.plan.name, 'Market')
    bench.tellPlan({ name: 'Square' })
    await settle()
    const told = bench.askedOf('attach').filter((asked) => asked.key === shardKey(zoneId, 2))
    assert.deepEqual(
      told.map(({ command }) => (command['plan'] as { version: number }).version),
      [2, 3],
    )
    bench.tellPlan({ map: mergeRegion(halves, 2) })
    await settle()
    assert.deepEqual(attached(), [shardKey(zoneId, 4)])
  })

  test('names its number to each new owner of the root, and takes the plan that comes with it', async () => {
    const hold = await bench.open()
    const held = [...bench.held.values()].find((each) => each.key === key)
    assert.deepEqual(held?.session.reattach(), {
      ...{ type: 'watch', session_id: [...bench.held.keys()][0], gateway: 4_095, players: 0 },
    })
    bench.plan = planOf({ version: 7, name: 'Harbor' })
    bench.push(key, 2, { type: 'snapshot', snapshot: bench.plan })
    await settle()
    assert.equal(hold.plan.name, 'Harbor')
    assert.equal(bench.askedOf('watch').at(-1)?.command['gateway'], 4_095)
  })

  test('tells its regions when the root gave its number to somebody else meanwhile', async () => {
    const hold = await bench.open()
    bench.gateway = 12
    bench.push(key, 2, { type: 'snapshot', snapshot: bench.plan })
    await settle()
    await bench.time.advance(1_000)
    assert.equal(hold.gateway, 12)
    assert.equal(bench.askedOf('attach').at(-1)?.command['gateway'], 12)
  })

  test('lets go of root and regions some seconds after nobody needs them, and not before', async () => {
    const hold = await bench.open()
    hold.release()
    hold.release()
    await bench.time.advance(idleMs - 2_000)
    assert.equal(bench.zones.size, 1)
    const again = await bench.open()
    await bench.time.advance(idleMs * 2)
    assert.equal(bench.zones.size, 1)
    again.release()
    await bench.time.advance(idleMs + 2_000)
    assert.equal(bench.zones.size, 0)
    assert.equal(bench.held.size, 0)
    assert.deepEqual([bench.askedOf('unwatch').length, bench.askedOf('detach').length], [1, 1])
    assert.equal(bench.askedOf('unwatch')[0]?.options.unsubscribe, bench.askedOf('watch')[0]?.options.subscribe)
  })

  test('hears why it may not, and holds nothing then', async () => {
    bench.refusal = { status: 'rejected', at: { epoch: 1, seq: 1 }, code: 'ZONE_NOT_FOUND' }
    await assert.rejects(bench.zones.open(zoneId), new AppError('ZONE_NOT_FOUND'))
    assert.deepEqual([bench.zones.size, bench.held.size], [0, 0])
    bench.refusal = null
    assert.equal((await bench.open()).plan, bench.plan)
  })

  test('attaches again to a region that took no session of it', async () => {
    await bench.open()
    const [session, held] = [...bench.held].find(([, each]) => each.key === shardKey(zoneId, 1))!
    held.session.onLost('OVERLOADED')
    assert.equal(bench.held.has(session), false)
    await bench.time.advance(1_000)
    assert.deepEqual(attached(), [shardKey(zoneId, 1)])
  })

  test('opens none once it stops, and lets go of those it has', async () => {
    await bench.open()
    bench.zones.stop()
    assert.deepEqual([bench.zones.size, bench.held.size], [0, 0])
    await assert.rejects(bench.zones.open(zoneId), new AppError('GATEWAY_STOPPING'))
  })
})
