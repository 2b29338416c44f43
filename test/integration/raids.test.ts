import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { createPool, PgAuditTrail, PgPersonRecords, PgRaidBook, verifyAudit } from '../../persistence/index.ts'
import { eraseElsewhere } from '../../persistence/persons/erase-elsewhere.ts'
import type { UserId } from '../../protocol/ids.ts'
import { edgeSecret, startEdge, type Edge } from '../support/edge.ts'
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts'
import { silentLogger } from '../support/silent-logger.ts'
import { signTestToken } from '../support/tokens.ts'

const guild = (id: string, role: string) => ({ guilds: [{ id, role }] })
const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString()
/** Lists of an answer, as they came. */
const list = (value: unknown) => value as any[]
const rule = { days: ['tue', 'thu'], time: '20:00', zone: 'Europe/Berlin' }

/** Calls of a user; the claims are those of the token beside its subject. */
type Calls = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => ReturnType<Edge['call']>

describe('raids over REST', () => {
  let database: TestDatabase
  let edge: Edge
  let pool: ReturnType<typeof createPool>
  const people = new Map<string, Calls>()

  const as = (user: string, roles: readonly string[] = [], claims: Record<string, unknown> = {}): Calls => {
    const token = signTestToken(edgeSecret, user, roles, claims)
    return (method, path, body, headers = {}) =>
      edge.call(method, path, body, { authorization: `Bearer ${token}`, ...headers })
  }
  const ann: Calls = (...call) => people.get('ann')!(...call)
  const bob: Calls = (...call) => people.get('bob')!(...call)
  const service: Calls = (...call) => people.get('service')!(...call)
  const leader: Calls = (...call) => people.get('leader')!(...call)
  const mate: Calls = (...call) => people.get('mate')!(...call)

  const made = async (by: Calls, body: Record<string, unknown> = {}): Promise<any> => {
    const answer = await by('POST', '/api/v1/raids', { name: 'Molten Core', starts_at: inHours(24), ...body })
    assert.equal(answer.status, 201, JSON.stringify(answer.body))
    return answer.body
  }
  const refused = async (call: ReturnType<Edge['call']>, status: number, code: string) => {
    const answer = await call
    assert.deepEqual([answer.status, answer.body.error.code], [status, code], JSON.stringify(answer.body))
    return answer.body.error.details
  }
  const outboxOf = async (raidId: string) =>
    (await database.query(`select key, message from outbox where message->>'raidId' = $1 order by id`, [raidId])) as {
      key: string
      message: Record<string, any>
    }[]

  before(async () => {
    database = await createTestDatabase()
    pool = createPool(database.url, { applicationName: 'raids', maxConnections: 8, logger: silentLogger })
    edge = await startEdge({}, { raids: new PgRaidBook(pool) })
    people
      .set('ann', as('ann'))
      .set('bob', as('bob'))
      .set('service', as('game', ['service']))
    people.set('leader', as('leader', [], guild('g1', 'moderator'))).set('mate', as('mate', [], guild('g1', 'member')))
  })
  after(async () => {
    await edge.gateway.stop()
    await pool.end()
    await database.drop()
  })

  describe('planning', () => {
    test('a raid that happens once has one occurrence, its room is named already, and its workflow is told', async () => {
      const startsAt = inHours(48)
      const raid = await made(ann, { starts_at: startsAt, duration_s: 3_600, opens_before_s: 0 })
      assert.equal(raid.creator_id, 'ann')
      assert.equal(raid.next_at, startsAt)
      assert.equal(raid.rule, null)
      const [only, ...more] = raid.occurrences
      assert.deepEqual(more, [])
      assert.deepEqual(
        { ...only, room_id: '' },
        {
          occurrence: 'once',
          starts_at: startsAt,
          opens_at: startsAt,
          ends_at: new Date(Date.parse(startsAt) + 3_600_000).toISOString(),
          status: 'planned',
          room_id: '',
        },
      )
      const [message, ...others] = await outboxOf(raid.raid_id)
      assert.deepEqual(others, [])
      assert.equal(message?.key, `raid:${raid.raid_id}:once`)
      const again = await ann('GET', `/api/v1/raids/${raid.raid_id}`)
      assert.deepEqual(again.body, raid)
    })

    test('a raid with a rule shows what is next, and its schedule fires two days before, at noon of its zone', async () => {
      const raid = await made(ann, { starts_at: undefined, rule })
      assert.equal(raid.occurrences.length, 5)
      assert.equal(new Set(list(raid.occurrences).map((one: any) => one.room_id)).size, 5)
      assert.equal(raid.next_at, raid.occurrences[0].starts_at)
      const [message] = await outboxOf(raid.raid_id)
      assert.equal(message?.key, `raid-sched:${raid.raid_id}`)
      assert.deepEqual(message.message['schedule'], {
        zone: 'Europe/Berlin',
        firesOn: [0, 2],
        endsAtMs: null,
        paused: false,
      })
    })

    test('says which field does not fit', async () => {
      const plan = (body: object) => ann('POST', '/api/v1/raids', { name: 'x', ...body })
      for (const [body, field] of [
        [{}, 'starts_at'],
        [{ starts_at: inHours(1), rule }, 'starts_at'],
        [{ starts_at: inHours(-1) }, 'starts_at'],
        [{ starts_at: inHours(24 * 400) }, 'starts_at'],
        [{ rule: { ...rule, zone: 'Mars/Olympus' } }, 'rule.zone'],
        [{ rule: { ...rule, until: '2020-01-01' } }, 'rule'],
        [{ rule: { ...rule, time: '24:00' } }, 'rule.time'],
        [
          {
            starts_at: inHours(1),
            roles: [
              { role: 'tank', slots: 1 },
              { role: 'tank', slots: 2 },
            ],
          },
          'roles',
        ],
      ] as const) {
        const details = await refused(plan(body), 400, 'VALIDATION_FAILED')
        assert.equal(details.field, field, JSON.stringify(body))
      }
    })

    test('sent twice under one key it is one raid', async () => {
      const key = { 'idempotency-key': randomUUID() }
      const body = { name: 'once only', starts_at: inHours(5) }
      const [first, second] = await Promise.all([
        ann('POST', '/api/v1/raids', body, key),
        ann('POST', '/api/v1/raids', body, key),
      ])
      assert.deepEqual([first.status, second.status], [201, 201])
      assert.equal(first.body.raid_id, second.body.raid_id)
      assert.equal((await outboxOf(first.body.raid_id)).length, 1)
    })

    test('nobody plans more than fifty', async () => {
      const keen = as('keen')
      const answers = await Promise.all(
        Array.from({ length: 52 }, () => keen('POST', '/api/v1/raids', { name: 'r', starts_at: inHours(3) })),
      )
      assert.equal(answers.filter(({ status }) => status === 201).length, 50)
      assert.ok(answers.every(({ status, body }) => status === 201 || body.error.code === 'TOO_MANY_RAIDS'))
    })

    test('for somebody else only with a service token', async () => {
      await refused(
        ann('POST', '/api/v1/raids', { name: 'x', starts_at: inHours(1), creator_id: 'bob' }),
        403,
        'ACTING_USER_MISMATCH',
      )
      assert.equal((await made(service, { creator_id: 'bob' })).creator_id, 'bob')
    })
  })

  describe('of a guild', () => {
    test('is planned by those who lead it, seen by its people, and does not exist for others', async () => {
      const body = { name: 'x', starts_at: inHours(1), guild_id: 'g1' }
      await refused(mate('POST', '/api/v1/raids', body), 403, 'FORBIDDEN')
      await refused(ann('POST', '/api/v1/raids', body), 403, 'FORBIDDEN')
      const { raid_id: id } = await made(leader, { guild_id: 'g1' })
      const path = `/api/v1/raids/${id}`
      assert.equal((await mate('GET', path)).status, 200)
      await refused(ann('GET', path), 404, 'RAID_NOT_FOUND')
      await refused(ann('POST', `${path}/signup`, { role: 'tank' }), 404, 'RAID_NOT_FOUND')
      await refused(ann('PATCH', path, { name: 'mine' }), 404, 'RAID_NOT_FOUND')
      await refused(mate('PATCH', path, { name: 'mine' }), 403, 'FORBIDDEN')
      await refused(mate('DELETE', path, {}), 403, 'FORBIDDEN')
      assert.equal((await as('other', [], guild('g1', 'owner'))('PATCH', path, { name: 'ours' })).status, 200)
      assert.equal((await as('root', ['admin'])('POST', `${path}/pause`)).status, 200)
      const listed = async (by: Calls) =>
        list((await by('GET', '/api/v1/raids?guild_id=g1')).body.raids).map((raid: any) => raid.raid_id)
      assert.ok((await listed(mate)).includes(id))
      assert.ok(!(await listed(ann)).includes(id))
      assert.ok((await listed(service)).includes(id))
    })

    test('shows itself to whom its leader put on the roster', async () => {
      const { raid_id: id } = await made(leader, { guild_id: 'g1' })
      assert.equal((await leader('PUT', `/api/v1/raids/${id}/roster/ann`, { role: 'healer' })).status, 200)
      assert.equal((await ann('GET', `/api/v1/raids/${id}`)).status, 200)
      assert.ok(
        list((await ann('GET', '/api/v1/raids?signed_up=true')).body.raids).some((raid: any) => raid.raid_id === id),
      )
    })
  })

  describe('signing up', () => {
    const roles = [
      { role: 'tank', slots: 1 },
      { role: 'dps', slots: 2 },
    ]

    test('takes a role of the raid while there is a place, and counts who declines for nothing', async () => {
      const { raid_id: id } = await made(ann, { roles, max_participants: 2 })
      const path = `/api/v1/raids/${id}/signup`
      const tank = await bob('POST', path, { role: 'tank' })
      assert.equal(tank.status, 200)
      assert.deepEqual(
        { ...tank.body, at: '' },
        { user_id: 'bob', role: 'tank', room_role: 'member', status: 'going', occurrence: null, at: '' },
      )
      await refused(ann('POST', path, { role: 'tank' }), 409, 'RAID_ROLE_FULL')
      await refused(ann('POST', path, { role: 'bard' }), 400, 'VALIDATION_FAILED')
      await refused(ann('POST', path, {}), 400, 'VALIDATION_FAILED')
      assert.equal((await as('cid')('POST', path, { status: 'declined' })).status, 200)
      assert.equal((await ann('POST', path, { role: 'dps' })).status, 200)
      await refused(as('dan')('POST', path, { role: 'dps' }), 409, 'RAID_FULL')
      // The same again is no second place.
      assert.equal((await bob('POST', path, { role: 'dps' })).status, 200)
      assert.equal((await bob('POST', path, { status: 'declined' })).status, 200)
      assert.equal((await as('dan')('POST', path, { role: 'tank' })).status, 200)
      const roster = (await ann('GET', `/api/v1/raids/${id}/roster`)).body
      assert.equal(roster.going, 2)
      assert.deepEqual(
        list(roster.signups).map(({ user_id: user, role, status }: any) => `${user} ${role} ${status}`),
        ['ann dps going', 'bob dps declined', 'cid tank declined', 'dan tank going'],
      )
    })

    test('no more than may come through at once', async () => {
      const { raid_id: id } = await made(ann, { max_participants: 5 })
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          as(`u${index}`)('POST', `/api/v1/raids/${id}/signup`, { role: 'dps' }),
        ),
      )
      assert.equal(answers.filter(({ status }) => status === 200).length, 5)
    })

    test('of one night counts before that of all nights, and is of a night there is', async () => {
      const raid = await made(ann, { starts_at: undefined, rule })
      const path = `/api/v1/raids/${raid.raid_id}`
      const [first, second] = list(raid.occurrences).map((one: any) => one.occurrence)
      await bob('POST', `${path}/signup`, { role: 'healer' })
      await bob('POST', `${path}/signup`, { status: 'declined', occurrence: second })
      const goes = async (slot: string) => {
        const { body } = await ann('GET', `${path}/roster?occurrence=${slot}`)
        return list(body.signups).map(({ status, role }: any) => `${status} ${role}`)
      }
      assert.deepEqual(await goes(first), ['going healer'])
      assert.deepEqual(await goes(second), ['declined healer'])
      assert.equal((await bob('DELETE', `${path}/signup?occurrence=${second}`)).status, 204)
      assert.deepEqual(await goes(second), ['going healer'])
      await refused(
        bob('POST', `${path}/signup`, { role: 'tank', occurrence: '2031-02-30' }),
        404,
        'OCCURRENCE_NOT_FOUND',
      )
      await refused(bob('POST', `${path}/signup`, { role: 'tank', occurrence: 'once' }), 404, 'OCCURRENCE_NOT_FOUND')
    })

    test('for others is a matter of leaders and services', async () => {
      const { raid_id: id } = await made(ann)
      const path = `/api/v1/raids/${id}`
      await refused(bob('POST', `${path}/signup`, { role: 'tank', user_id: 'cid' }), 403, 'ACTING_USER_MISMATCH')
      await refused(bob('PUT', `${path}/roster/cid`, { role: 'tank' }), 403, 'FORBIDDEN')
      assert.equal((await service('POST', `${path}/signup`, { role: 'tank', user_id: 'cid' })).status, 200)
      const set = await ann('PUT', `${path}/roster/cid`, { room_role: 'moderator' })
      assert.deepEqual([set.body.role, set.body.room_role], ['tank', 'moderator'])
      const after = await as('cid')('POST', `${path}/signup`, { role: 'healer' })
      assert.deepEqual([after.body.role, after.body.room_role], ['healer', 'moderator'])
    })
  })

  describe('changing', () => {
    test('moves what has not begun, tells the workflow, and does under one key what it does once', async () => {
      const { raid_id: id } = await made(ann)
      const startsAt = inHours(72)
      const key = { 'idempotency-key': randomUUID() }
      const moved = await ann('PATCH', `/api/v1/raids/${id}`, { starts_at: startsAt, duration_s: 60 }, key)
      assert.equal(moved.body.occurrences[0].starts_at, startsAt)
      assert.equal(moved.body.occurrences[0].ends_at, new Date(Date.parse(startsAt) + 60_000).toISOString())
      await ann('PATCH', `/api/v1/raids/${id}`, { starts_at: inHours(80) })
      const repeated = await ann('PATCH', `/api/v1/raids/${id}`, { starts_at: startsAt, duration_s: 60 }, key)
      assert.notEqual(repeated.body.occurrences[0].starts_at, startsAt)
      assert.deepEqual(
        (await outboxOf(id)).map(({ message }) => message['generation']),
        [1, 2, 3],
      )
    })

    test('takes no rule for a raid that happens once, nor a time for one with a rule', async () => {
      const once = await made(ann)
      const series = await made(ann, { starts_at: undefined, rule })
      await refused(ann('PATCH', `/api/v1/raids/${once.raid_id}`, { rule }), 400, 'VALIDATION_FAILED')
      await refused(
        ann('PATCH', `/api/v1/raids/${series.raid_id}`, { starts_at: inHours(1) }),
        400,
        'VALIDATION_FAILED',
      )
    })

    test('the start of a raid that is open stands; its length does not', async () => {
      const { raid_id: id } = await made(ann)
      await database.query(`update voice_raid_occurrences set status = 'open', made_at = now() where raid_id = $1`, [
        id,
      ])
      await refused(ann('PATCH', `/api/v1/raids/${id}`, { starts_at: inHours(9) }), 409, 'RAID_UNDER_WAY')
      const before = (await ann('GET', `/api/v1/raids/${id}`)).body.occurrences[0]
      const { body } = await ann('PATCH', `/api/v1/raids/${id}`, { duration_s: 60 })
      assert.equal(body.occurrences[0].starts_at, before.starts_at)
      assert.equal(Date.parse(body.occurrences[0].ends_at) - Date.parse(before.starts_at), 60_000)
    })

    test('pauses, goes on, and is cancelled for good', async () => {
      const raid = await made(ann, { starts_at: undefined, rule })
      const path = `/api/v1/raids/${raid.raid_id}`
      assert.equal((await ann('POST', `${path}/pause`)).body.status, 'paused')
      assert.equal((await ann('POST', `${path}/resume`)).body.status, 'active')
      assert.equal((await ann('DELETE', path, { reason: 'summer' })).status, 204)
      for (const call of [
        ann('DELETE', path, {}),
        ann('POST', `${path}/resume`),
        ann('PATCH', path, { name: 'again' }),
        bob('POST', `${path}/signup`, { role: 'tank' }),
      ]) {
        await refused(call, 410, 'RAID_OVER')
      }
      const schedules = (await outboxOf(raid.raid_id)).map(({ message }) => message['schedule'])
      assert.deepEqual(
        schedules.map((schedule) => schedule?.paused ?? null),
        [false, true, false, null],
      )
      assert.deepEqual(
        (await ann('GET', `/api/v1/raids?status=cancelled&creator_id=ann`)).body.raids[0].raid_id,
        raid.raid_id,
      )
    })

    test('one night is taken off, and the next one is next', async () => {
      const raid = await made(ann, { starts_at: undefined, rule })
      const [first, second] = raid.occurrences
      const path = `/api/v1/raids/${raid.raid_id}/occurrences/${first.occurrence}`
      await refused(bob('DELETE', path, {}), 403, 'FORBIDDEN')
      assert.equal((await ann('DELETE', path, {})).status, 204)
      await refused(ann('DELETE', path, {}), 410, 'RAID_OVER')
      const { body } = await ann('GET', `/api/v1/raids/${raid.raid_id}`)
      assert.equal(body.next_at, second.starts_at)
      assert.equal(body.occurrences[0].status, 'cancelled')
      await refused(ann('DELETE', path.replace(first.occurrence, '2031-01-01'), {}), 404, 'OCCURRENCE_NOT_FOUND')
    })

    test('stands in the audit log, whose chains hold', async () => {
      const { raid_id: id } = await made(ann)
      await ann('PATCH', `/api/v1/raids/${id}`, { name: 'new' })
      await ann('PUT', `/api/v1/raids/${id}/roster/bob`, { role: 'tank' })
      await ann('DELETE', `/api/v1/raids/${id}`, { reason: 'rain' })
      const rows = await database.query(`select action, actor_user from voice_audit where chain = $1 order by seq`, [
        `raid:${id}`,
      ])
      assert.deepEqual(
        rows.map((row) => `${String(row['action'])} ${String(row['actor_user'])}`),
        ['raid.created ann', 'raid.changed ann', 'raid.signup_set ann', 'raid.cancelled ann'],
      )
      const { findings } = await verifyAudit(new PgAuditTrail(pool), { chain: `raid:${String(id)}` })
      assert.deepEqual(findings, [])
    })
  })

  test('a person is taken out as a file, and out of the record', async () => {
    const gone = as('gone')
    const { raid_id: own } = await made(gone)
    const { raid_id: other } = await made(ann)
    await gone('POST', `/api/v1/raids/${String(other)}/signup`, { role: 'tank' })
    await database.query(`update voice_raid_occurrences set given = '{"gone": "member"}' where raid_id = $1`, [other])
    const exported: string[] = []
    for await (const { table } of new PgPersonRecords(pool).export('gone' as UserId)) exported.push(table)
    assert.deepEqual(exported.filter((table) => table.startsWith('voice_raid')).sort(), [
      'voice_raid_signups',
      'voice_raids',
    ])
    const client = await pool.connect()
    await eraseElsewhere(client, { userId: 'gone', pseudonym: 'erased-1' })
    client.release()
    const left = await database.query(
      `select (select count(*) from voice_raids where creator_id = 'gone')
            + (select count(*) from voice_raid_signups where user_id = 'gone')
            + (select count(*) from voice_raid_occurrences where given ? 'gone') as n`,
    )
    assert.equal(Number(left[0]?.['n']), 0)
    assert.equal((await ann('GET', `/api/v1/raids/${String(own)}`)).body.creator_id, 'erased-1')
  })

  test('lists the soonest first, page by page', async () => {
    const owner = as('lister')
    const ids: string[] = []
    for (const hours of [30, 10, 20, 10.5]) ids.push((await made(owner, { starts_at: inHours(hours) })).raid_id)
    const seen: string[] = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const from: string = cursor === '' ? '' : `&cursor=${cursor}`
      const { body } = await owner('GET', `/api/v1/raids?creator_id=lister&limit=2${from}`)
      seen.push(...list(body.raids).map((raid: any) => raid.raid_id))
      cursor = body.next_cursor
    }
    assert.deepEqual(seen, [ids[1], ids[3], ids[2], ids[0]])
    const window = await owner('GET', `/api/v1/raids?creator_id=lister&from=${inHours(15)}&to=${inHours(25)}`)
    assert.deepEqual(
      list(window.body.raids).map((raid: any) => raid.raid_id),
      [ids[2]],
    )
    await refused(owner('GET', '/api/v1/raids?cursor=nonsense'), 400, 'VALIDATION_FAILED')
  })

  test('goes into calendars: an event for each occurrence, those that were taken off among them', async () => {
    const raid = await made(leader, { starts_at: undefined, rule, guild_id: 'g9', name: 'Black, wing; lair' }).catch(
      () => null,
    )
    assert.equal(raid, null)
    const head = as('head', [], guild('g9', 'owner'))
    const { raid_id: id, occurrences } = await made(head, {
      starts_at: undefined,
      rule,
      guild_id: 'g9',
      name: 'Black, wing; lair',
    })
    await head('DELETE', `/api/v1/raids/${id}/occurrences/${occurrences[1].occurrence}`, {})
    for (const path of [`/api/v1/raids/${id}/calendar.ics`, '/api/v1/guilds/g9/raids.ics']) {
      const { status, body: answer, headers } = await head('GET', path)
      const body = String(answer)
      assert.equal(status, 200)
      assert.match(headers.get('content-type') ?? '', /^text\/calendar; charset=utf-8/)
      assert.match(body, /^BEGIN:VCALENDAR\r\n/)
      assert.match(body, /END:VCALENDAR\r\n$/)
      assert.ok(body.includes('SUMMARY:Black\\, wing\\; lair\r\n'))
      assert.ok(body.split('BEGIN:VEVENT').length > 50)
      assert.equal(body.split('STATUS:CANCELLED').length, 2)
    }
    assert.doesNotMatch(String((await ann('GET', '/api/v1/guilds/g9/raids.ics')).body), /VEVENT/)
  })
})
