import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type pg from 'pg'
import { openStore } from '../../media/index.ts'
import { leave, oggOf, tone } from '../../media/recording.kit.ts'
import { createPool, PgRecordingBook } from '../../persistence/index.ts'
import type { RoomId, UserId } from '../../protocol/ids.ts'
import { startCluster, type TestCluster } from '../support/cluster.ts'
import { S3Server } from '../support/s3-server.ts'
import { silentLogger } from '../support/silent-logger.ts'
import { SlowStore } from '../support/slow-store.ts'
import { waitUntil } from '../support/wait.ts'

describe('a recording whose worker is killed', { timeout: 90_000 }, () => {
  let cluster: TestCluster
  let folder: string
  let server: S3Server
  let slow: SlowStore
  let pool: pg.Pool
  let book: PgRecordingBook
  let failed = true

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vr-recordings-'))
    server = await S3Server.start()
    slow = await SlowStore.start(server.port, 150)
    cluster = await startCluster({
      ...{ gateways: 1, nodes: 1, workers: 1, relays: 1 },
      env: {
        ...{ VOICE_RECORDING_FOLDER: folder, VOICE_RECORDING_STORE: server.urlOf(slow.port) },
        ...{ VOICE_RECORDING_S3_KEY_ID: S3Server.key, VOICE_RECORDING_S3_SECRET: S3Server.key },
        VOICE_RECORDING_QUEUE: `media-${randomUUID()}`,
      },
    })
    pool = createPool(cluster.env['DATABASE_URL'] ?? '', {
      ...{ applicationName: 'recorder', maxConnections: 2, logger: silentLogger },
    })
    book = new PgRecordingBook(pool)
  })
  after(async () => {
    await pool.end()
    await cluster.stop(failed)
    await slow.stop()
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  })

  test('in the middle of mixing, and of uploading, is one whole object in the end, and nothing else is left of it', async () => {
    const room = await cluster.createRoom('host')
    const recordingId = randomUUID()
    const packets = tone(300, 10)
    const ann = oggOf([{ at: 0, packets: Array.from({ length: 9 }, () => packets).flat() }])
    await leave(folder, recordingId, [
      { user: 'ann', fromMs: 0, ogg: ann },
      { user: 'bob', fromMs: 4_000, ogg: ann },
    ])
    const endedAtMs = Date.now()
    const queue = String(cluster.env['VOICE_RECORDING_QUEUE'])
    const facts = { roomId: room as RoomId, initiatorId: 'host' as UserId, title: 'raid', isPublic: false, queue }
    await book.end({ recordingId, ...facts, startedAtMs: endedAtMs - 94_000, endedAtMs })
    await book.end({ recordingId, ...facts, startedAtMs: endedAtMs - 94_000, endedAtMs })

    const worker = cluster.process('worker-1')
    const restart = async () => {
      worker.kill()
      await worker.exited
      worker.start()
      await worker.ready()
    }
    const names = () => readdir(join(folder, recordingId)).catch(() => [] as string[])
    await waitUntil('it is being mixed', async () => (await names()).some((name) => name.endsWith('.part')), 20_000)
    await restart()
    // A death costs a missed heartbeat, and one more where Temporal hands the task to the last poll of whoever died.
    await waitUntil('two parts are sent', () => slow.parts.size >= 2, 90_000)
    await restart()
    await waitUntil('it is ready', async () => (await book.read(recordingId))?.status === 'ready', 90_000)

    const row = await book.read(recordingId)
    assert.ok(row?.key && row.sha256)
    const store = openStore({ url: server.urlOf(), keyId: S3Server.key, secret: S3Server.key })
    const hash = createHash('sha256')
    for await (const chunk of store.read(row.key)) hash.update(chunk)
    assert.equal(hash.digest('hex'), row.sha256)
    assert.equal(await store.sizeOf(row.key), row.bytes)
    const sent = [...slow.parts.values()]
    assert.ok(sent.length > 3, `${sent.length} parts`)
    assert.ok(sent.filter((times) => times > 1).length <= 1, `sent more than once: ${JSON.stringify([...slow.parts])}`)
    await waitUntil('nothing is left of it', async () => (await readdir(folder)).length === 0)
    failed = false
  })
})
