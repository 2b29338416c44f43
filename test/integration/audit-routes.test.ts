import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { MemoryAuditRecords, MemoryRecord } from '../../persistence/index.ts'
import { mutedIn } from '../../persistence/audit/audit.contract.ts'
import type { AuditRecords } from '../../persistence/audit/port.ts'
import { roomPut } from '../../persistence/record/record.contract.ts'
import type { AuditEntryView } from '../../protocol/http/audit.ts'
import { edgeSecret, startEdge, type Edge } from '../support/edge.ts'
import { ManualTime } from '../support/manual-time.ts'
import { ok, rejected } from '../support/scripted-router.ts'
import { signTestToken } from '../support/tokens.ts'

let edge: Edge
let time: ManualTime
let record: MemoryRecord
let failsFrom: number
const room = roomPut()
const other = roomPut()
const path = `/api/v1/rooms/${room.roomId}/audit`

beforeEach(async () => {
  time = new ManualTime()
  record = new MemoryRecord(time)
  record.apply([room, other])
  failsFrom = Number.POSITIVE_INFINITY
  const records = new MemoryAuditRecords(record)
  let asked = 0
  const audit: AuditRecords = {
    list: (...args) => {
      asked += 1
      return asked >= failsFrom ? Promise.reject(new Error('connection lost')) : records.list(...args)
    },
    erase: (user) => records.erase(user),
  }
  edge = await startEdge({}, { audit })
  edge.router.on('authorize', ({ command }) =>
    command.type === 'authorize' && command.by.user_id === 'mod' ? ok(null) : rejected('FORBIDDEN'),
  )
})
afterEach(() => edge.gateway.stop())

const token = (sub: string, roles: readonly string[] = []) => signTestToken(edgeSecret, sub, roles)
const get = (where: string, bearer: string) =>
  fetch(`http://127.0.0.1:${edge.httpPort}${where}`, { headers: { authorization: `Bearer ${bearer}` } })
const admin = token('root', ['admin'])

async function entries(where: string, bearer = admin): Promise<readonly AuditEntryView[]> {
  const answer = await get(where, bearer)
  assert.equal(answer.status, 200)
  return ((await answer.json()) as { entries: AuditEntryView[] }).entries
}

async function add(count: number, more: Parameters<typeof mutedIn>[1] = {}, roomId = room.roomId): Promise<void> {
  for (let index = 0; index < count; index += 1) record.apply([mutedIn(roomId, more)])
  await time.advance(10)
}

describe('the audit log over REST', () => {
  test('is shown whole to admins and services, and to nobody else', async () => {
    await add(1)
    for (const where of ['/api/v1/audit', '/api/v1/audit/export?format=jsonl']) {
      assert.equal((await get(where, token('mod'))).status, 403)
      assert.equal((await fetch(`http://127.0.0.1:${edge.httpPort}${where}`)).status, 401)
      assert.equal((await get(where, token('s', ['service']))).status, 200)
    }
    const [entry] = await entries('/api/v1/audit')
    assert.ok(entry)
    const { hash, ...rest } = entry
    assert.match(hash, /^[0-9a-f]{64}$/)
    assert.deepEqual(rest, {
      ...{ chain: `room:${room.roomId}`, seq: 1, at: '2026-01-01T00:00:00.000Z' },
      ...{ recorded_at: new Date(time.wallMs() - 10).toISOString(), action: 'sanction.applied', erased: false },
      ...{ room_id: room.roomId, guild_id: null, actor_user_id: 'ann', target_user_id: 'bob', evidence: null },
      ...{ reason: mutedIn(room.roomId).body.reason, details: mutedIn(room.roomId).body.details },
    })
  })

  test('of a room is shown to whom the room lets read its history', async () => {
    await add(2)
    await add(3, {}, other.roomId)
    assert.equal((await entries(path, token('mod'))).length, 2)
    assert.equal((await get(path, token('ann'))).status, 403)
    assert.deepEqual(edge.router.asked.at(-1)?.command, {
      ...{ type: 'authorize', permission: 'read_history' },
      by: { user_id: 'ann', privileges: [] },
    })
    assert.equal((await get(`${path}?room_id=${other.roomId}`, token('mod'))).status, 400)
  })

  test('is found by filters, and page by page', async () => {
    await add(3, { by: 'ann' })
    const from = new Date(time.wallMs()).toISOString()
    await add(2, { by: 'eve', target: 'ann' })
    await add(1, { by: 'eve', action: 'sanction.lifted' }, other.roomId)
    const count = async (query: string) => (await entries(`/api/v1/audit?${query}`)).length
    assert.deepEqual(
      [
        await count('actor_user_id=eve'),
        await count('target_user_id=ann'),
        await count('action=sanction.lifted'),
        await count(`room_id=${room.roomId}`),
        await count(`from=${from}`),
        await count(`to=${from}`),
        await count(`actor_user_id=eve&room_id=${room.roomId}&from=${from}`),
      ],
      [3, 2, 1, 5, 3, 3, 2],
    )
    const first = (await (await get('/api/v1/audit?limit=4', admin)).json()) as Record<string, unknown>
    const second = await entries(`/api/v1/audit?limit=4&cursor=${String(first['next_cursor'])}`)
    assert.equal(second.length, 2)
    for (const bad of ['limit=0', 'limit=501', 'from=yesterday', 'action=DROP', 'cursor=bm8', 'colour=red']) {
      assert.equal((await get(`/api/v1/audit?${bad}`, admin)).status, 400, bad)
    }
  })

  test('shows of an erased person that there was something, and nothing more', async () => {
    await add(1, { target: 'bob' })
    await new MemoryAuditRecords(record).erase(mutedIn(room.roomId).body.actor_user)
    const [entry] = await entries('/api/v1/audit')
    assert.ok(entry)
    assert.deepEqual(
      [entry.erased, entry.actor_user_id, entry.target_user_id, entry.reason, entry.details],
      [true, null, null, null, null],
    )
  })

  test('that cannot be read is a reason to come again', async () => {
    failsFrom = 1
    const answer = await get('/api/v1/audit', admin)
    assert.deepEqual([answer.status, answer.headers.get('retry-after')], [503, '1'])
  })
})

describe('an export', () => {
  test('is a row a line, over as many pages as there are', async () => {
    await add(1_203)
    const answer = await get('/api/v1/audit/export?format=jsonl', admin)
    assert.equal(answer.headers.get('content-type'), 'application/x-ndjson')
    assert.equal(answer.headers.get('content-disposition'), 'attachment; filename="audit.jsonl"')
    const lines = (await answer.text()).trimEnd().split('\n')
    const seqs = lines.map((line) => (JSON.parse(line) as AuditEntryView).seq)
    assert.deepEqual(
      seqs,
      Array.from({ length: 1_203 }, (_, index) => 1_203 - index),
    )
  })

  test('as CSV holds no formula, and takes the same filters', async () => {
    const { body } = mutedIn(room.roomId)
    await add(1)
    await add(1, { body: { ...body, reason: '=HYPERLINK("http://x")' } }, other.roomId)
    const answer = await get(`/api/v1/audit/export?format=csv&room_id=${other.roomId}`, admin)
    assert.match(answer.headers.get('content-type') ?? '', /^text\/csv/)
    const [head, line, ...rest] = (await answer.text()).split('\r\n')
    assert.match(head ?? '', /^chain,seq,at,recorded_at,action,/)
    assert.match(line ?? '', /,"'=HYPERLINK\(""http:\/\/x""\)",/)
    assert.deepEqual(rest, [''])
    assert.equal((await get('/api/v1/audit/export?format=xml', admin)).status, 400)
  })

  test('whose first rows cannot be read is refused, and one that fails half way is cut off', async () => {
    await add(600)
    failsFrom = 1
    assert.equal((await get('/api/v1/audit/export?format=jsonl', admin)).status, 503)
    failsFrom = 3
    const answer = await get('/api/v1/audit/export?format=jsonl', admin)
    assert.equal(answer.status, 200)
    await assert.rejects(answer.text())
  })
})
