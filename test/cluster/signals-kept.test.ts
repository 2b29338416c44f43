import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { startCluster, type TestCluster } from '../support/cluster.ts'
import { Signaller } from '../support/signaller.ts'
import { waitUntil } from '../support/wait.ts'

describe('signals', () => {
  let cluster: TestCluster
  let failed = true
  const everyone: Signaller[] = []
  const confirming: NodeJS.Timeout[] = []
  let isOver = false

  before(async () => {
    cluster = await startCluster({ gateways: 2, nodes: 4 })
  })
  afterEach(() => {
    isOver = true
    for (const timer of confirming.splice(0)) clearInterval(timer)
    for (const person of everyone.splice(0)) person.close()
  })
  after(() => cluster.stop(failed))

  const gathered = async (names: readonly string[], roomId: string): Promise<Signaller[]> => {
    const people = names.map((name) => new Signaller(name, cluster.token(name), roomId))
    everyone.push(...people)
    for (const [index, person] of people.entries()) await person.join(cluster.gateway(index % 2).ws)
    return people
  }
  const metric = async (name: string): Promise<number> => {
    const values = await Promise.all(['gateway-1', 'gateway-2'].map((process) => cluster.process(process).metric(name)))
    return values.reduce((sum, value) => sum + value, 0)
  }
  /** What was taken of each pair, and what was heard, side by side. */
  const accounts = (people: readonly Signaller[]) =>
    people.flatMap((from) =>
      people
        .filter((to) => to !== from)
        .map((to) => ({
          pair: `${from.user} → ${to.user}`,
          taken: from.taken.get(to.user) ?? [],
          heard: to.heardFrom(from.user),
        })),
    )
  const assertKept = async (people: readonly Signaller[], earlier = 0): Promise<number> => {
    await waitUntil('everything that was taken was heard', () =>
      Promise.resolve(accounts(people).every(({ taken, heard }) => heard.length >= taken.length)),
    ).catch(() => undefined)
    for (const { pair, taken, heard } of accounts(people)) assert.deepEqual(heard, taken, pair)
    return accounts(people).reduce((sum, { taken }) => sum + taken.length, -earlier)
  }

  test('that a room has taken arrive once and in order though its owner is killed twice under them', async () => {
    const roomId = await cluster.createRoom('ann')
    const people = await gathered(['ann', 'bob', 'cid', 'dan'], roomId)
    isOver = false
    const talking = people.flatMap((from) =>
      people
        .filter((to) => to !== from)
        .map(async (to) => {
          while (!isOver) await from.signal(to.user)
        }),
    )
    // Confirmed late, so that much is under way unconfirmed when an owner goes.
    confirming.push(setInterval(() => people.forEach((person) => person.confirm()), 400))
    const killed: string[] = []
    for (let kill = 0; kill < 2; kill += 1) {
      const before = accounts(people).reduce((sum, { taken }) => sum + taken.length, 0)
      await waitUntil('signals flow', () =>
        Promise.resolve(accounts(people).reduce((sum, { taken }) => sum + taken.length, 0) > before + 300),
      )
      const owner = await cluster.waitForOwner(roomId)
      killed.push(owner.name)
      owner.kill()
      await waitUntil('another node owns the room', async () => {
        const now = await cluster.ownerOf(roomId)
        return now !== null && !killed.includes(now.name)
      })
    }
    const atLast = accounts(people).reduce((sum, { taken }) => sum + taken.length, 0)
    await waitUntil('signals flow again', () =>
      Promise.resolve(accounts(people).reduce((sum, { taken }) => sum + taken.length, 0) > atLast + 300),
    )
    isOver = true
    await Promise.all(talking)
    const count = await assertKept(people)
    for (const { user, refusals } of people) assert.deepEqual(refusals, [], user)
    assert.ok(count > 900, `${count} signals`)
    assert.ok((await metric('voice_gateway_signals_resent_total')) > 0, 'nothing was unconfirmed when an owner went')
    failed = false
  })

  test('that wait for who is away arrive once and in order though the owner is killed meanwhile', async () => {
    failed = true
    const roomId = await cluster.createRoom('ann')
    const people = await gathered(['ann', 'bob', 'cid'], roomId)
    const [ann, bob, cid] = people as [Signaller, Signaller, Signaller]
    await Promise.all([ann.signal('bob'), cid.signal('bob')])
    await assertKept(people)
    bob.cut()
    const talk = async (count: number) => {
      for (let sent = 0; sent < count; sent += 1) await Promise.all([ann.signal('bob'), cid.signal('bob')])
    }
    await talk(25)
    const owner = await cluster.waitForOwner(roomId)
    const underWay = talk(10)
    owner.kill()
    await underWay
    await talk(10)
    await bob.resume(cluster.gateway(0).ws)
    await assertKept(people)
    failed = false
  })

  test('and events that are missed while a socket is gone arrive once and in order, on another gateway', async () => {
    failed = true
    const roomId = await cluster.createRoom('ann')
    const people = await gathered(['ann', 'bob', 'cid'], roomId)
    const [ann, bob, cid] = people as [Signaller, Signaller, Signaller]
    const moderate = async (target: string) => {
      const about = { room_id: roomId, target_user_id: target }
      assert.equal((await ann.socket.command({ type: 'mute', ...about })).type, 'reply')
      assert.equal((await ann.socket.command({ type: 'unmute', ...about })).type, 'reply')
    }
    for (let round = 0; round < 10; round += 1) await Promise.all([ann.signal('bob'), cid.signal('bob'), moderate('x')])
    // Not even what came is confirmed.
    await assertKept(people)
    bob.cut()
    for (let round = 0; round < 40; round += 1) await Promise.all([ann.signal('bob'), cid.signal('bob'), moderate('y')])
    await bob.resume(cluster.gateway(0).ws)
    await bob.socket.heard('caught_up')
    for (let round = 0; round < 10; round += 1) await Promise.all([ann.signal('bob'), cid.signal('bob'), moderate('z')])
    await assertKept(people)
    const seqs = () => bob.events().map((frame) => frame['seq'] as number)
    await waitUntil('every event was heard', () => Promise.resolve(seqs().at(-1) === ann.events().at(-1)?.['seq']))
    assert.deepEqual(
      seqs(),
      [...new Set(seqs())].sort((one, other) => one - other),
    )
    const kinds = bob.events().flatMap((frame) => (frame['events'] as { type: string }[]).map(({ type }) => type))
    assert.equal(kinds.filter((type) => type === 'sanction.applied').length, 60)
    assert.equal(kinds.filter((type) => type === 'sanction.lifted').length, 60)
    failed = false
  })

  test('beyond what is kept the newest come, behind the whole room', async () => {
    failed = true
    const roomId = await cluster.createRoom('ann')
    const people = await gathered(['ann', 'bob'], roomId)
    const [ann, bob] = people as [Signaller, Signaller]
    await ann.signal('bob')
    await assertKept(people)
    bob.cut()
    const about = { room_id: roomId, target_user_id: 'y' }
    for (let round = 0; round < 300; round += 1) {
      await ann.signal('bob')
      await ann.socket.command({ type: round % 2 === 0 ? 'mute' : 'unmute', ...about })
    }
    await bob.resume(cluster.gateway(0).ws)
    await bob.socket.heard('snapshot')
    const taken = ann.taken.get('bob') ?? []
    await waitUntil('the last one was heard', () => Promise.resolve(bob.heardFrom('ann').at(-1) === taken.at(-1)))
    const [first, ...others] = bob.heardFrom('ann')
    assert.equal(first, taken[0])
    assert.deepEqual(others, taken.slice(-256))
    const frames = bob.socket.frames.map(({ type }) => type)
    assert.ok(frames.indexOf('snapshot') < frames.indexOf('signal'), 'the room comes first')
    failed = false
  })

  test('over REST wait for who is away, too, and are not repeated for who sends them again', async () => {
    failed = true
    const roomId = await cluster.createRoom('ann')
    const people = await gathered(['ann', 'bob'], roomId)
    const [ann, bob] = people as [Signaller, Signaller]
    bob.cut()
    const body = {
      session_id: ann.sessionId,
      to_user: 'bob',
      message_type: 'candidate',
      candidate: 'candidate:7 1 udp 1 192.0.2.1 9 typ host',
    }
    const call = { token: cluster.token('ann'), body, headers: { 'idempotency-key': 'once-and-no-more' } }
    const sent = await cluster.call('POST', `/api/v1/rooms/${roomId}/signaling`, call)
    const again = await cluster.call('POST', `/api/v1/rooms/${roomId}/signaling`, call)
    assert.deepEqual([sent.status, again.status, again.body], [202, 202, sent.body])
    await ann.signal('bob')
    await bob.resume(cluster.gateway(0).ws)
    await waitUntil('both were heard', () => Promise.resolve(bob.heardFrom('ann').length >= 2))
    assert.deepEqual(bob.heardFrom('ann'), [7, 1])
    failed = false
  })
})
