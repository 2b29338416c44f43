import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { typeOf } from '../../protocol/client/asyncapi.ts'
import { clientFrames } from '../../protocol/client/frames.ts'
import { endpoints } from '../../protocol/http/endpoints.ts'
import type { TestCluster } from '../support/cluster.ts'
import { principals, roomStateNames, type Outcome, type Person, type RoomStateName } from './people.ts'
import { Stage, startPatientCluster, type Scene } from './stage.ts'
import { asksRoom, expected, frameTable, restTable, type Row } from './table.ts'

interface Action {
  readonly name: string
  readonly row: Row
  attempt(stage: Stage, person: Person, scene: Scene): Promise<Outcome>
}

const missing = (table: Readonly<Record<string, Row>>, names: readonly string[]) => [
  ...names.filter((name) => !Object.hasOwn(table, name)).map((name) => `${name} has no row`),
  ...Object.keys(table)
    .filter((name) => !names.includes(name))
    .map((name) => `${name} is not there`),
]

const calls = endpoints.flatMap((endpoint): readonly Action[] => {
  const row = restTable[endpoint.name]
  if (!row) return []
  return [{ name: endpoint.name, row, attempt: (stage, person, scene) => stage.call(endpoint, row, person, scene) }]
})
/** No room has a say in what happens in a zone. */
const roomFrames = clientFrames.filter(({ properties }) => !('zone_id' in properties)).map(typeOf)
const frames = roomFrames.flatMap((type): readonly Action[] => {
  const row = frameTable[type]
  if (!row) return []
  return [{ name: `frame ${type}`, row, attempt: (stage, person, scene) => stage.send(type, row, person, scene) }]
})
const actions = [...calls, ...frames]
const statesOf = ({ row }: Action): readonly RoomStateName[] => (asksRoom(row) ? roomStateNames : ['public'])
const cells = actions.reduce((sum, action) => sum + principals.length * statesOf(action).length, 0)

describe('the matrix of permissions', () => {
  test('has a row for every endpoint, and for no other', () => {
    assert.deepEqual(
      missing(
        restTable,
        endpoints.map(({ name }) => name),
      ),
      [],
    )
  })
  test('has a row for every frame but those of zones, and for no other', () => {
    assert.deepEqual(missing(frameTable, roomFrames), [])
  })
  test('has at least 3,000 cells', () => assert.ok(cells >= 3_000, `${cells}`))
})

describe('on a running cluster', () => {
  let cluster: TestCluster
  let stage: Stage
  before(async () => {
    cluster = await startPatientCluster()
    stage = new Stage(cluster)
  })
  after(() => cluster.stop())

  /** Each person in turn: what is refused changes nothing, so that they share a room; what is done gets a fresh one. */
  async function differences(action: Action, state: RoomStateName): Promise<readonly string[]> {
    const found: string[] = []
    for (const person of principals) {
      const wanted = expected(action.row, person, state)
      const isFresh = wanted === 'ok' && !action.row.reads
      const scene = await (isFresh ? stage.scene(state) : stage.shared(state))
      const came = await action.attempt(stage, person, scene)
      if (came !== wanted) found.push(`${person} in ${state}: ${wanted} was to come, ${came} came`)
    }
    return found
  }

  for (const action of actions) {
    test(`${action.name} comes out for everyone, in every room, as the table says`, async () => {
      const found = await Promise.all(statesOf(action).map((state) => differences(action, state)))
      assert.deepEqual(found.flat(), [])
    })
  }

  test('hardly anybody was refused for asking too often', () => {
    const { all, rateLimited } = stage.answers
    assert.ok(all >= 3_000, `${all} answers`)
    assert.ok(rateLimited <= all / 100, `${rateLimited} of ${all}`)
  })
})
