import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import pg from 'pg'
import { PgAuditTrail, verifyAudit } from '../../persistence/index.ts'
import { startCluster, type TestCluster } from '../support/cluster.ts'
import { VoiceSocket } from '../support/voice-socket.ts'
import { waitUntil } from '../support/wait.ts'

/** Tables that speak of people, whole, as text. What stands for itself is left out: who asked, and what is in force. */
const everything = `
  select 'journal' as place, actor_key || command_id || events::text || coalesce(reply::text, '') as text from actor_journal
  union all select 'seats', row_to_json(t)::text from voice_participants as t
  union all select 'moderation', row_to_json(t)::text from voice_moderation_events as t
  union all select 'invites', row_to_json(t)::text from voice_room_invites as t
  union all select 'rooms', row_to_json(t)::text from voice_rooms as t
  union all select 'audit', coalesce(body::text, '') from voice_audit
  union all select 'sanctions', row_to_json(t)::text from voice_sanctions as t
  union all select 'erasures', row_to_json(t)::text from person_erasure as t`

describe('a person who is to be forgotten', () => {
  let cluster: TestCluster
  let failed = true
  const person = 'eve-who-leaves'

  before(async () => {
    cluster = await startCluster({ ...{ gateways: 1, nodes: 1, workers: 1, relays: 1 } })
  })
  after(() => cluster.stop(failed))

  const privileged = () => cluster.token('game', ['service'])
  const spokenOf = async () => {
    const rows = await cluster.database.query(
      `select place, text from (${everything}) as all_of_it where text like $1`,
      [`%${person}%`],
    )
    return rows.map((row) => `${String(row['place'])}: ${String(row['text'])}`)
  }

  test('is taken out as a file, then out of every table, and the room they were in goes on', async () => {
    const room = await cluster.createRoom('host')
    const [host, eve] = [
      await VoiceSocket.connect(cluster.gateway(0).ws, cluster.token('host')),
      await VoiceSocket.connect(cluster.gateway(0).ws, cluster.token(person)),
    ]
    for (const socket of [host, eve]) await socket.command({ type: 'join', room_id: room })
    const onEve = (verb: string, body: object, of = room) =>
      cluster.call('POST', `/api/v1/rooms/${of}/participants/${person}/${verb}`, { token: cluster.token('host'), body })
    assert.equal((await onEve('mute', { duration: 600, reason: 'shouting' })).status, 200)
    assert.equal((await onEve('unmute', {})).status, 200)
    const invite = { invitee_id: person, message: 'come in' }
    await cluster.call('POST', `/api/v1/rooms/${room}/invites`, { token: cluster.token('host'), body: invite })

    const path = `/api/v1/users/${person}`
    assert.equal((await cluster.call('GET', `${path}/export`, { token: cluster.token('host') })).status, 403)
    const file = await cluster.call('GET', `${path}/export`, { token: privileged() })
    const lines = String(file.body).trimEnd().split('\n')
    const tables = new Set(lines.map((line) => (JSON.parse(line) as { table: string }).table))
    for (const table of ['voice_participants', 'voice_moderation_events', 'voice_audit', 'voice_room_invites']) {
      assert.ok(tables.has(table), `${table} is in the file`)
    }
    assert.ok(lines.every((line) => line.includes(person)))
    assert.ok(!String(file.body).includes('"salt"') && !String(file.body).includes('"token"'))

    const wanted = await cluster.call('POST', `${path}/exports`, { token: privileged() })
    assert.equal(wanted.status, 202, JSON.stringify(wanted.body))
    const made = `/api/v1/exports/${String(wanted.body.export_id)}`
    await waitUntil(
      'the file is made',
      async () => (await cluster.call('GET', made, { token: privileged() })).body.status === 'done',
      30_000,
    )
    const fetched = await cluster.call('GET', `${made}/file`, { token: privileged() })
    const tablesIn = (text: string) =>
      [
        ...new Set(
          text
            .trim()
            .split('\n')
            .map((line) => (JSON.parse(line) as { table: string }).table),
        ),
      ].sort()
    assert.deepEqual(tablesIn(String(fetched.body)), [...tables].sort())

    assert.equal((await cluster.call('POST', `${path}/erase`, { token: cluster.token('host') })).status, 403)
    const asked = await cluster.call('POST', `${path}/erase`, { token: privileged() })
    assert.equal(asked.status, 202, JSON.stringify(asked.body))
    const state = `/api/v1/erasures?erasure_id=${String(asked.body.erasure_id)}`
    await waitUntil(
      'the person is erased',
      async () => (await cluster.call('GET', state, { token: privileged() })).body.status === 'done',
      30_000,
    )
    assert.deepEqual(await spokenOf(), [])
    await eve.heard('session_ended')

    // The room is loaded anew from what its journal says now.
    await waitUntil('the room takes a command again', async () => {
      const muted = await cluster.call('POST', `/api/v1/rooms/${room}/participants/bob/mute`, {
        ...{ token: cluster.token('host'), body: { duration: 60 } },
      })
      return muted.status === 200
    })
    const view = await cluster.call('GET', `/api/v1/rooms/${room}`, { token: cluster.token('host') })
    assert.deepEqual(
      (view.body.participants as { user_id: string }[]).map(({ user_id: user }) => user),
      ['host'],
    )
    for (const socket of [host, eve]) socket.close()
    failed = false
  })

  test('leaves an audit log whose chains hold', async () => {
    failed = true
    const pool = new pg.Pool({ connectionString: cluster.database.url, max: 2 })
    try {
      const verdict = await verifyAudit(new PgAuditTrail(pool), { chain: null, seen: [] })
      assert.ok(verdict.rows > 0)
      assert.deepEqual(verdict.findings, [])
    } finally {
      await pool.end()
    }
    failed = false
  })

  test('who is banned stays banned, under the id that the ban needs, until it is over', async () => {
    failed = true
    const room = await cluster.createRoom('host')
    const banned = 'mallory-who-asks'
    const ban = await cluster.call('POST', `/api/v1/rooms/${room}/participants/${banned}/ban`, {
      ...{ token: cluster.token('host'), body: { duration: 3_600, reason: 'cheating' } },
    })
    assert.equal(ban.status, 200)
    const asked = await cluster.call('POST', `/api/v1/users/${banned}/erase`, { token: privileged() })
    const state = `/api/v1/erasures?erasure_id=${String(asked.body.erasure_id)}`
    await waitUntil(
      'it is done',
      async () => (await cluster.call('GET', state, { token: privileged() })).body.status === 'done',
      30_000,
    )
    const [row] = await cluster.database.query(`select user_id, reason from voice_sanctions where scope_id = $1`, [
      room,
    ])
    assert.deepEqual([row?.['user_id'], row?.['reason']], [banned, ''])
    const socket = await VoiceSocket.connect(cluster.gateway(0).ws, cluster.token(banned))
    const refused = await socket.command({ type: 'join', room_id: room })
    assert.equal((refused['error'] as { code: string } | undefined)?.code, 'BANNED')
    socket.close()
    failed = false
  })
})
