import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { actorKey, commandId, type SessionId } from '../../protocol/ids.ts'
import type { BenchOptions } from '../../test/support/bench-world.ts'
import { MemoryClusterBench, sessionNumber } from '../../test/support/memory-cluster-bench.ts'
import { tallyDefinition, type TallyCommand, type TallyState } from '../../test/support/tally-actor.ts'
import type { PushTarget } from './subscribers.ts'

const key = actorKey('tally', 'one')
const [alice, bob] = [sessionNumber(1), sessionNumber(2)] as const

/** A link, as an actor sees it. */
class Target implements PushTarget {
  readonly told: { readonly to: 'all' | readonly SessionId[]; readonly type: string }[] = []
  gone = false

  push(...[, { to, body }]: Parameters<PushTarget['push']>): void {
    this.told.push({ to, type: (body as { type: string }).type })
  }

  datagram(): boolean {
    return !this.gone
  }

  isGone(): boolean {
    return this.gone
  }
}

async function oneNode(options: BenchOptions = {}) {
  const bench = await MemoryClusterBench.open({ storeLatencyMs: () => 5, ...options })
  const node = await bench.node('node-1')
  let sent = 0
  const send = (command: TallyCommand, more: object = {}) =>
    node.dispatch(key, { id: commandId('c', (sent += 1)), command, ...more })
  const attach = (session: SessionId, target: PushTarget) =>
    send({ type: 'attach', session }, { subscribe: { session, target } })
  const attached = async () => {
    const read = send({ type: 'read' })
    await bench.until('it is read', () => read.length === 1)
    return (read[0] as { value: TallyState }).value.attached
  }
  send({ type: 'read' })
  await bench.until('the actor is loaded', () => node.positionOf(key) !== null)
  return { bench, node, send, attach, attached }
}

describe('sessions of an actor', () => {
  test('get one push for each process that carries them, and one by name where it is for them', async () => {
    const { bench, send, attach } = await oneNode()
    const target = new Target()
    attach(alice, target)
    attach(bob, target)
    send({ type: 'add', by: 1 })
    await bench.time.advance(50)
    assert.deepEqual(target.told, [
      { to: [alice], type: 'snapshot' },
      { to: [bob], type: 'snapshot' },
      { to: 'all', type: 'events' },
    ])
  })

  test('get their pushes where they said last, and stay attached when the earlier link goes', async () => {
    const { node, attach, attached } = await oneNode()
    const [earlier, later] = [new Target(), new Target()]
    attach(alice, earlier)
    attach(alice, later)
    earlier.gone = true
    node.host.targetLost(earlier)
    assert.deepEqual([...new Set(await attached())], [alice])
    assert.equal(node.positionOf(key)?.sessions, 1)
  })

  test('whose link goes while their attach stands behind an append are detached, unless they came by another one', async () => {
    const { bench, node, send, attach, attached } = await oneNode()
    const [dying, living] = [new Target(), new Target()]
    send({ type: 'add', by: 1 })
    attach(alice, dying)
    attach(bob, dying)
    attach(bob, living)
    dying.gone = true
    node.host.targetLost(dying)
    await bench.time.advance(50)
    assert.deepEqual([...new Set(await attached())], [bob])
    assert.deepEqual(dying.told, [])
    assert.equal(node.positionOf(key)?.sessions, 1)
  })

  test('are let go by a command that was carried out before, too', async () => {
    const { bench, node, send, attach } = await oneNode()
    const id = commandId('leave', 1)
    send({ type: 'add', by: 1 }, { id })
    await bench.time.advance(50)
    attach(alice, new Target())
    assert.equal(node.positionOf(key)?.sessions, 1)
    send({ type: 'add', by: 1 }, { id, unsubscribe: alice })
    assert.equal(node.positionOf(key)?.sessions, 0)
  })

  test('do not lose their pushes for a defect in the picture that one of them gets', async () => {
    const { bench, send, attach } = await oneNode({
      definition: {
        ...tallyDefinition,
        welcome: (state, session) => {
          assert.notEqual(session, bob, 'a defect in the rules')
          return tallyDefinition.welcome(state, session)
        },
      },
    })
    const target = new Target()
    attach(alice, target)
    attach(bob, target)
    const heard = send({ type: 'add', by: 1 })
    await bench.until('the next command is answered', () => heard.length === 1)
    assert.deepEqual(
      target.told.map(({ type }) => type),
      ['snapshot', 'events'],
    )
  })
})
