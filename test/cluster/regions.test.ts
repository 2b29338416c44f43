import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { startCluster, type TestCluster } from '../support/cluster.ts'
import { VoiceSocket } from '../support/voice-socket.ts'
import { waitUntil } from '../support/wait.ts'

const regions: Readonly<Record<string, string>> = { 'node-1': 'east', 'node-2': 'west', 'node-3': 'west' }

describe('rooms of a region', () => {
  let cluster: TestCluster
  let failed = true
  let ann: VoiceSocket

  before(async () => {
    cluster = await startCluster({
      gateways: 2,
      nodes: 3,
      // Rooms that nobody uses leave memory at once, to be loaded by whoever comes.
      envOf: (name) => ({
        VOICE_ROOM_IDLE_MS: '100',
        ...(regions[name] === undefined ? {} : { VOICE_REGION: regions[name] }),
      }),
    })
    // The gateway that makes the rooms knows where they are; this one goes by their hash.
    ann = await VoiceSocket.connect(cluster.gateway(1).ws, cluster.token('ann'))
  })
  after(async () => {
    ann.close()
    await cluster.stop(failed)
  })

  const whereIs = async (room: string) => regions[(await cluster.ownerOf(room))?.name ?? ''] ?? null

  test('are made there, and are back there when they were loaded elsewhere, with everyone still in them', async () => {
    const rooms = await Promise.all(
      Array.from({ length: 12 }, (_, index) => cluster.createRoom('host', { region: index < 6 ? 'east' : 'west' })),
    )
    for (const [index, room] of rooms.entries()) {
      const region = index < 6 ? 'east' : 'west'
      await waitUntil(`${room} left memory`, async () => (await whereIs(room)) === null, 10_000)
      const joined = await ann.command({ type: 'join', room_id: room })
      assert.equal(joined.type, 'reply', JSON.stringify(joined))
      await waitUntil(`${room} is in the ${region}`, async () => (await whereIs(room)) === region, 10_000)
    }
    const handed = [...cluster.processes.values()].flatMap((process) =>
      process.ownershipChanges('handed_off').filter(({ cause }) => cause === 'region'),
    )
    assert.ok(handed.length > 0, 'no room was loaded outside its region by its hash: nothing was tried')
    const flags = await Promise.all(
      rooms.map((room) => ann.command({ type: 'set_flags', room_id: room, flags: { hand_raised: true } })),
    )
    assert.deepEqual(
      flags.map(({ type }) => type),
      rooms.map(() => 'reply'),
    )
    failed = false
  })
})
