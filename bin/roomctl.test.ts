import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, describe, test } from 'node:test'
import type { Member, MembershipView } from '../cluster/membership/port.ts'
import type { CommandResult } from '../protocol/cluster/results.ts'
import { MemoryAuditTrail, MemoryRecord } from '../persistence/index.ts'
import type { RaidId } from '../protocol/raids/values.ts'
import { AppError } from '../protocol/errors.ts'
import type { ActorKey, CommandId, Incarnation, ProcessId, RoomId, SessionId, UserId } from '../protocol/ids.ts'
import { audioParameters } from '../protocol/room/audio.ts'
import { effectiveSettings } from '../protocol/room/settings.ts'
import type { RoomSnapshotView } from '../protocol/room/view.ts'
import { ManualTime } from '../test/support/manual-time.ts'
import { ConfigError } from './config.ts'
import { createBackend, type BackendParts, type RoomctlBackend } from './roomctl-backend.ts'
import { localSettings } from './roomctl-places.ts'
import type { WorkflowsBackend } from './roomctl-workflows.ts'
import { runRoomctl, type RoomctlWorld } from './roomctl-program.ts'
import { plainScreen, type Screen } from './table.ts'

const folders: string[] = []
after(() => folders.forEach((folder) => rmSync(folder, { recursive: true })))

function dataFolder(files: Readonly<Record<string, unknown>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'roomctl-'))
  folders.push(folder)
  mkdirSync(join(folder, 'run'))
  for (const [name, value] of Object.entries(files)) writeFileSync(join(folder, name), JSON.stringify(value))
  return folder
}

const roomId = '7b0c4f5e-1a9b-4f57-9a44-0f3a1d2c9e10' as RoomId
const localSecret = 'local-secret-of-this-checkout-0001'
const secrets = { 'secrets.json': { jwtSecret: localSecret, clusterSecret: 'local-cluster-secret-of-this-one-1' } }

const member = (process: string, more: Partial<Member> = {}): Member => ({
  process: process as ProcessId,
  incarnation: `00000000-0000-4000-8000-00000000000${process.slice(-1)}` as Incarnation,
  role: 'node',
  pid: 4_711,
  address: { host: '127.0.0.1', port: 7_101 },
  adminPort: 9_101,
  hostLabel: 'box',
  region: null,
  protocol: { min: 1, max: 1 },
  placementVersion: 1,
  weight: 1,
  startedAtMs: Date.UTC(2026, 0, 1),
  state: 'up',
  load: 3,
  leaseLeftMs: 2_468,
  ...more,
})

const viewOf = (...members: Member[]): MembershipView => ({
  ringVersion: 12,
  members,
  get: (process) => members.find((one) => one.process === process) ?? null,
  isLive: () => true,
  nodes: () => members,
})

const snapshot: RoomSnapshotView = {
  room: {
    room_id: roomId,
    name: 'Raid\u001b[2J night',
    description: '',
    owner_id: 'ann' as UserId,
    room_type: 'raid',
    max_participants: 40,
    current_participants: 1,
    quality_preset: 'medium',
    audio_codec: 'opus',
    bitrate: 40_000,
    audio: audioParameters.medium,
    status: 'active',
    is_private: false,
    is_temporary: false,
    is_moderated: false,
    allow_recording: false,
    has_password: false,
    region: null,
    game_server_id: null,
    guild_id: null,
    parent_room_id: null,
    created_at: '2026-01-01T00:00:00.000Z',
    scheduled_end_at: null,
    settings: {},
    effective_settings: effectiveSettings('raid', {}),
    permissions: {},
    metadata: {},
  },
  participants: [
    {
      session_id: '0b0e7a4e-7f0c-4a52-9d39-6a5a3b9d0c11' as SessionId,
      user_id: 'ann' as UserId,
      username: 'Ann',
      role: 'owner',
      joined_at: '2026-01-01T00:00:01.000Z',
      speaks_from: null,
      is_connected: true,
      on_stage: false,
      has_voice: false,
      is_muted: true,
      is_deafened: false,
      muted_until: '2026-01-01T00:05:00.000Z',
      self_muted: false,
      push_to_talk: false,
      transmits: 'room',
      speaking: false,
      hand_raised: false,
      priority: false,
    },
  ],
  sanctions: [{ kind: 'mute', user_id: 'ann' as UserId, generation: 2, until: '2026-01-01T00:05:00.000Z' }],
  stage: null,
  mesh: 'full',
  volumes: [],
}

interface RunOptions {
  readonly env?: Record<string, string>
  readonly folder?: string
  readonly screen?: Screen
  readonly backend?: Partial<RoomctlBackend>
  readonly connect?: RoomctlWorld['connect']
  readonly workflows?: Partial<WorkflowsBackend>
  readonly lines?: RoomctlWorld['lines']
}

const nothingToRead = () => Readable.from([]) as AsyncIterable<string>

async function run(
  args: string,
  {
    env = {},
    folder = dataFolder(),
    screen = plainScreen,
    backend,
    connect,
    workflows,
    lines = nothingToRead,
  }: RunOptions,
) {
  let [out, err, closed] = ['', '', 0]
  const refuse = () => Promise.reject(new Error('not asked in this test'))
  const code = await runRoomctl(args.split(' '), {
    env,
    dataFolder: folder,
    screen,
    out: (text) => (out += `${text}\n`),
    err: (text) => (err += `${text}\n`),
    nowMs: () => Date.UTC(2026, 0, 1),
    lines,
    connectWorkflows: () => ({
      report: refuse,
      ofRoom: refuse,
      ...workflows,
      close: () => {
        closed += 1
        return Promise.resolve()
      },
    }),
    connect:
      connect ??
      (() =>
        Promise.resolve({
          cluster: refuse,
          room: refuse,
          order: refuse,
          move: refuse,
          why: refuse,
          audit: refuse,
          verifyAudit: refuse,
          eraseFromAudit: refuse,
          replay: refuse,
          zones: refuse,
          zone: refuse,
          cutRegion: refuse,
          shareRegion: refuse,
          mergeRegion: refuse,
          raids: refuse,
          raid: refuse,
          ...backend,
          close: () => {
            closed += 1
            return Promise.resolve()
          },
        })),
  })
  return { code, out: out.trimEnd(), err: err.trimEnd(), closed }
}

function claimsOf(token: string, secret: string): Record<string, unknown> {
  const [header = '', payload = '', signature] = token.split('.')
  assert.equal(signature, createHmac('sha256', secret).update(`${header}.${payload}`).digest('base64url'))
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>
}

describe('roomctl token', () => {
  test('signs with the secret of this checkout, and prints the bare token into a pipe', async () => {
    const { code, out } = await run('token --user ann', { folder: dataFolder(secrets) })
    const { sub, roles, iat, exp, jti } = claimsOf(out, localSecret)
    assert.deepEqual([code, sub, roles, Number(exp) - Number(iat)], [0, 'ann', undefined, 86_400])
    assert.ok(jti)
  })

  test('takes name, roles and lifetime, and prints JSON for programs', async () => {
    const args = 'token --user bot-1 --name Bot --role service --role admin --role admin --ttl 15m --json'
    const { out } = await run(args, { folder: dataFolder(secrets) })
    const { token, ...rest } = JSON.parse(out) as { token: string }
    assert.deepEqual(rest, {
      user_id: 'bot-1',
      name: 'Bot',
      roles: ['service', 'admin'],
      expires_at: '2026-01-01T00:15:00.000Z',
    })
    const claims = claimsOf(token, localSecret)
    assert.deepEqual([claims['name'], claims['roles']], ['Bot', ['service', 'admin']])
  })

  test('prints a table for people', async () => {
    const { out } = await run('token --user ann', { folder: dataFolder(secrets), screen: { width: 80, styled: true } })
    assert.match(out, /expires.* 2026-01-02T00:00:00.000Z/)
  })

  test('follows issuer and audience, where they are set', async () => {
    const env = { JWT_ISSUER: 'game', JWT_AUDIENCE: 'voice' }
    const { iss, aud } = claimsOf((await run('token --user a', { env, folder: dataFolder(secrets) })).out, localSecret)
    assert.deepEqual([iss, aud], ['game', 'voice'])
  })

  test('takes JWT_SECRET in development', async () => {
    const env = { VOICE_ENV: 'development', JWT_SECRET: 'another-secret-another-secret-xx' }
    assert.ok(claimsOf((await run('token --user a', { env })).out, env.JWT_SECRET))
  })

  const refused: readonly (readonly [string, Record<string, string>])[] = [
    ['in production', { VOICE_ENV: 'production' }],
    ['for a secret that is not said to be one of development', { JWT_SECRET: 'prod-secret-prod-secret-prod-0001' }],
    ['for both', { VOICE_ENV: 'production', JWT_SECRET: 'prod-secret-prod-secret-prod-0001' }],
  ]
  for (const [when, env] of refused) {
    test(`is refused ${when}, whatever lies in .data`, async () => {
      const { code, out, err } = await run('token --user ann', { env, folder: dataFolder(secrets) })
      assert.deepEqual([code, out], [77, ''])
      assert.match(err, /^roomctl: tokens are made in development only, and /)
    })
  }

  test('is refused where there is no secret', async () => {
    const { code, err } = await run('token --user ann', {})
    assert.equal(code, 77)
    assert.match(err, /npm start/)
  })

  for (const args of [
    'token',
    'token --user a/b',
    'token --user a --role root',
    'token --user a --ttl 5',
    'token --user a --ttl 366d',
    'tokens',
  ]) {
    test(`\`${args}\` is a wrong use`, async () => {
      const { code, out, err } = await run(args, { folder: dataFolder(secrets) })
      assert.deepEqual([code, out], [64, ''])
      assert.match(err, /^error: /)
    })
  }
})

describe('roomctl cluster', () => {
  const gateway = member('gateway-2', { role: 'gateway', address: null, load: 0, leaseLeftMs: 1_050, pid: 9 })
  const cluster = () => Promise.resolve(viewOf(member('node-10'), gateway, member('node-2', { state: 'draining' })))

  test('shows who is there, sorted by name and number', async () => {
    const { code, out, closed } = await run('cluster', { backend: { cluster } })
    assert.equal(
      out,
      [
        'process    role     state      pid  lease left  actors  links at        admin  host',
        'gateway-2  gateway  up           9       1.1 s       –  –                9101  box',
        'node-2     node     draining  4711       2.5 s       3  127.0.0.1:7101   9101  box',
        'node-10    node     up        4711       2.5 s       3  127.0.0.1:7101   9101  box',
        '',
        '3 processes, ring version 12',
      ].join('\n'),
    )
    assert.deepEqual([code, closed], [0, 1])
  })

  test('gives programs every fact', async () => {
    const { out } = await run('cluster --json', {
      backend: { cluster: () => Promise.resolve(viewOf(member('node-1'))) },
    })
    assert.deepEqual(JSON.parse(out), {
      ring_version: 12,
      processes: [
        {
          process: 'node-1',
          role: 'node',
          state: 'up',
          pid: 4_711,
          incarnation: '00000000-0000-4000-8000-000000000001',
          host: 'box',
          region: null,
          address: { host: '127.0.0.1', port: 7_101 },
          admin_port: 9_101,
          actors: 3,
          lease_left_ms: 2_468,
          protocol: { min: 1, max: 1 },
          placement_version: 1,
          weight: 1,
          started_at: '2026-01-01T00:00:00.000Z',
        },
      ],
    })
  })

  test('says so when nobody is there', async () => {
    const { out } = await run('cluster', { backend: { cluster: () => Promise.resolve(viewOf()) } })
    assert.equal(out, 'No process holds a lease.')
  })

  test('a cluster that cannot be asked is one sentence, and the connection is closed', async () => {
    const down = () => Promise.reject(new Error('connect ECONNREFUSED 127.0.0.1:6379'))
    const { code, err, closed } = await run('cluster', { backend: { cluster: down } })
    assert.deepEqual([code, closed], [69, 1])
    assert.equal(err, 'roomctl: the cluster cannot be asked: connect ECONNREFUSED 127.0.0.1:6379')
    const json = await run('cluster --json', { backend: { cluster: down } })
    assert.match((JSON.parse(json.err) as { error: { message: string } }).error.message, /ECONNREFUSED/)
  })

  test('settings that are missing end with 78 and the list', async () => {
    const connect = () => Promise.reject(new ConfigError('roomctl', [{ field: 'REDIS_URL', problem: 'is required' }]))
    const { code, err } = await run('cluster', { connect })
    assert.equal(code, 78)
    assert.match(err, /REDIS_URL: is required/)
  })
})

describe('roomctl room', () => {
  const node = member('node-1')
  const report = { roomId, owner: node, at: { epoch: 7, seq: 41 }, answeredBy: 'owner', snapshot } as const

  test('shows owner, pid, epoch, roster and sanctions, and no control character of a name', async () => {
    const { code, out } = await run(`room ${roomId}`, { backend: { room: () => Promise.resolve(report) } })
    assert.equal(code, 0)
    assert.equal(
      out,
      [
        `room   ${roomId}`,
        'name   Raid [2J night',
        'type   raid, active',
        'owner  node-1, pid 4711, lease 2.5 s',
        'epoch  7',
        'seq    41',
        'seats  1 of 40',
        '',
        'user  name  role   connected  muted                     joined                    session',
        'ann   Ann   owner  yes        2026-01-01T00:05:00.000Z  2026-01-01T00:00:01.000Z  0b0e7a4e-7f0c-4a52-9d39-6a5a3b9d0c11',
        '',
        'sanction  user  until                     generation',
        'mute      ann   2026-01-01T00:05:00.000Z           2',
      ].join('\n'),
    )
  })

  test('gives programs the room as it is', async () => {
    const { out } = await run(`room ${roomId} --json`, { backend: { room: () => Promise.resolve(report) } })
    const { owner, ...rest } = JSON.parse(out) as { owner: { process: string; pid: number } }
    const { volumes: _, ...shown } = snapshot
    assert.deepEqual([owner.process, owner.pid], ['node-1', 4_711])
    assert.deepEqual(rest, { room_id: roomId, epoch: 7, seq: 41, answered_by: 'owner', ...shown })
  })

  test('says that nobody owns it, and shows the journal', async () => {
    const orphan = { ...report, owner: null, answeredBy: 'journal' } as const
    const backend = { room: () => Promise.resolve(orphan) }
    assert.match((await run(`room ${roomId}`, { backend })).out, /^owner {2}no owner \(from the journal\)$/m)
    const json = JSON.parse((await run(`room ${roomId} --json`, { backend })).out) as Record<string, unknown>
    assert.deepEqual([json['owner'], json['answered_by'], json['epoch']], [null, 'journal', 7])
  })

  test('a room that is not there ends with 66', async () => {
    const room = () => Promise.reject(new AppError('ROOM_NOT_FOUND'))
    const { code, err } = await run(`room ${roomId}`, { backend: { room } })
    assert.deepEqual([code, err], [66, 'roomctl: There is no such room.'])
  })

  test('an id that is no UUID is a wrong use', async () => assert.equal((await run('room 17', {})).code, 64))
})

describe('roomctl workflows', () => {
  const report = (running: number | null) => () =>
    Promise.resolve({
      kinds: [{ kind: 'sanction' as const, awaited: 12, overdue: 1, running }],
      outbox: { rows: 3, oldestAgeMs: 4_200 },
    })

  test('counts what ends by itself, by the record and by Temporal', async () => {
    const { code, out, closed } = await run('workflows', { workflows: { report: report(11) } })
    assert.deepEqual([code, closed], [0, 1])
    assert.match(out, /sanctions +12 +1 +11/)
    assert.match(out, /Outbox +3 rows, the oldest 4 s old/)
    const { out: json } = await run('workflows --json', { workflows: { report: report(11) } })
    assert.deepEqual(JSON.parse(json), {
      kinds: [{ kind: 'sanction', awaited: 12, overdue: 1, running: 11 }],
      outbox: { rows: 3, oldest_age_ms: 4_200 },
      temporal_answers: true,
    })
  })

  test('says so when Temporal does not answer, and tells what the record knows', async () => {
    const { code, out } = await run('workflows', { workflows: { report: report(null) } })
    assert.equal(code, 0)
    assert.match(out, /sanctions +12 +1 +unknown/)
    assert.match(out, /Temporal +does not answer/)
  })

  test('shows the ends of one room, and whether a workflow runs for each', async () => {
    const message = { kind: 'room_end.set', roomId, generation: 4, atMs: 0, warns: true } as const
    const clock = { kind: 'room', key: `room-expiry:${roomId}`, message, dueMs: Date.UTC(2026, 0, 2) } as const
    const ofRoom = () => Promise.resolve([{ ...clock, running: false }])
    const { out } = await run(`workflows ${roomId}`, { workflows: { ofRoom } })
    assert.match(out, /room +2026-01-02T00:00:00.000Z +4 +no +room-expiry:/)
    const { out: json } = await run(`workflows ${roomId} --json`, { workflows: { ofRoom } })
    assert.deepEqual(JSON.parse(json), {
      workflows: [
        {
          ...{ workflow_id: clock.key, kind: 'room', due_at: '2026-01-02T00:00:00.000Z', generation: 4 },
          running: false,
        },
      ],
    })
    const none = await run(`workflows ${roomId}`, { workflows: { ofRoom: () => Promise.resolve([]) } })
    assert.equal(none.out, 'Nothing of this room ends by itself.')
  })
})

describe('orders to nodes', () => {
  test('tell what came of them, in words or as JSON', async () => {
    const order = () => Promise.resolve({ done: true, value: { state: 'draining', moved: 3 } }) as never
    assert.equal((await run('drain node-1', { backend: { order } })).out, 'state draining, moved 3')
    const { out } = await run('drain node-1 --json', { backend: { order } })
    assert.deepEqual(JSON.parse(out), { state: 'draining', moved: 3 })
  })

  test('that were refused say why, with an exit code of their own', async () => {
    const move = () => Promise.resolve({ done: false, problem: 'it stayed where it is' }) as never
    const { code, err } = await run(`move ${roomId} --to node-2`, { backend: { move } })
    assert.deepEqual([code, err], [77, 'roomctl: it stayed where it is'])
  })

  test('why a room is where it is, is told node by node', async () => {
    const [first, second] = [member('node-1'), member('node-2', { state: 'draining' })]
    const preferences = [
      { member: second, skipped: 'draining' },
      { member: first, skipped: null },
    ] as const
    const why = () => Promise.resolve({ roomId, owner: first, region: null, preferences })
    const { out } = await run(`why ${roomId}`, { backend: { why } })
    assert.match(out, /node-2 +box +1 +3 +it gives its actors up\s+node-1 +box +1 +3 +yes/)
  })
})

describe('the past', () => {
  const key = `room:${roomId}` as ActorKey
  const audited = { actors: 2, grants: 3, entries: 40 }

  test('without a fault ends with 0, and lists who had the room', async () => {
    const grant = { key, epoch: 3, process: 'node-1' as ProcessId, incarnation: 'i-1' as Incarnation }
    const grants = [{ ...grant, cause: 'handed', atMs: 0, entries: 7 } as const]
    const audit = () => Promise.resolve({ audited, findings: [], grants })
    const { code, out } = await run(`audit ${roomId}`, { backend: { audit } })
    assert.equal(code, 0)
    assert.match(out, /3 +1970-01-01T00:00:00.000Z +node-1 +handed +7 +i-1/)
    assert.match(out, /2 actors, 3 grants of an epoch, 40 entries: nothing is wrong\./)
  })

  test('with a fault ends with 1, for people and for programs', async () => {
    const findings = [{ key, epoch: 2, seq: 9, fault: 'epoch_falls' } as const]
    const audit = () => Promise.resolve({ audited, findings, grants: [] })
    const { code, out } = await run('audit', { backend: { audit } })
    assert.equal(code, 1)
    assert.match(out, /room:7b0c4f5e.+ 2 +9 +the epoch falls/)
    const json = await run('audit --json', { backend: { audit } })
    assert.deepEqual([json.code, JSON.parse(json.out)], [1, { ...audited, findings, history: [] }])
  })

  test('is rebuilt at a seq or a time, with its entries where they are asked for', async () => {
    const asked: unknown[] = []
    const replay = (_: RoomId, upTo: unknown) => {
      asked.push(upTo)
      const entry = {
        key,
        epoch: 1,
        seq: 4,
        commandId: 'c/4' as CommandId,
        atMs: 5,
        events: [{ type: 'x' }],
        reply: null,
      }
      return Promise.resolve({ epoch: 1, seq: 4, atMs: 5, state: { seats: [] }, entries: [entry] })
    }
    const { out } = await run(`replay ${roomId} --at 4 --json`, { backend: { replay } })
    const at = '1970-01-01T00:00:00.005Z'
    assert.deepEqual(JSON.parse(out), { epoch: 1, seq: 4, at, state: { seats: [] } })
    const whole = await run(`replay ${roomId} --at 2026-01-31T20:15:00+01:00 --events`, { backend: { replay } })
    assert.deepEqual((JSON.parse(whole.out) as { entries: unknown }).entries, [
      { seq: 4, epoch: 1, at, command_id: 'c/4', events: [{ type: 'x' }] },
    ])
    assert.deepEqual(asked, [{ seq: 4 }, { atMs: Date.UTC(2026, 0, 31, 19, 15) }])
    assert.equal((await run(`replay ${roomId} --at yesterday`, {})).code, 64)
  })
})

describe('the audit log', () => {
  const counts = { chains: 3, rows: 40, erased: 2, checkpoints: 7 }
  const findings = [
    { chain: `room:${roomId}`, seq: 9, fault: 'edited', vouchedUpTo: 8 },
    { chain: 'checkpoints', seq: 7, fault: 'forked', vouchedUpTo: 2 },
  ] as const

  test('that is whole ends with 0', async () => {
    const verifyAudit = () => Promise.resolve({ ...counts, findings: [], hasMore: false })
    const { code, out } = await run('audit verify', { backend: { verifyAudit } })
    assert.equal(code, 0)
    assert.match(out, /^3 chains, 40 rows \(2 erased\), 7 checkpoints: everything is as it was written\.$/)
  })

  test('forgets a person when told twice, and says of how many rows', async () => {
    const asked: string[] = []
    const eraseFromAudit = (userId: string) => {
      asked.push(userId)
      return Promise.resolve(3)
    }
    const once = await run('audit erase --user ann', { backend: { eraseFromAudit } })
    assert.deepEqual([once.code, asked], [64, []])
    assert.match(once.err, /cannot be undone/)
    const twice = await run('audit erase --user ann --yes', { backend: { eraseFromAudit } })
    assert.deepEqual([twice.code, twice.out, asked], [0, '3 rows say nothing of ann any more', ['ann']])
    const json = await run('audit erase --user ann --yes --json', { backend: { eraseFromAudit } })
    assert.deepEqual(JSON.parse(json.out), { user_id: 'ann', rows: 3 })
  })

  test('with a bad row ends with 1 and names the first one of each chain, for people and for programs', async () => {
    const verifyAudit = () => Promise.resolve({ ...counts, findings, hasMore: true })
    const { code, out } = await run('audit verify', { backend: { verifyAudit } })
    assert.equal(code, 1)
    assert.match(out, /room:7b0c4f5e.+ 9 +the row was changed/)
    assert.match(out, /checkpoints +3–7 +another history was put/)
    assert.match(out, /More chains are bad/)
    const json = await run('audit verify --json', { backend: { verifyAudit } })
    assert.equal(json.code, 1)
    assert.deepEqual(JSON.parse(json.out), {
      ...counts,
      findings: findings.map(({ vouchedUpTo, ...rest }) => ({ ...rest, vouched_up_to: vouchedUpTo })),
      has_more: true,
    })
  })

  test('is asked about one room, or held against the checkpoints of a log', async () => {
    const asked: unknown[] = []
    const verifyAudit = (...args: unknown[]) => {
      asked.push(args)
      return Promise.resolve({ ...counts, findings: [], hasMore: false })
    }
    const lines = () =>
      Readable.from([
        '{"msg":"relay.temporal_back"}',
        '{"level":"info","msg":"audit.checkpoint","checkpoint":4,"hash":"ab"}',
        '{"msg":"audit.checkpoint","checkpoint":5,"ha',
        'audit.checkpoint',
        'null audit.checkpoint',
      ]) as AsyncIterable<string>
    await run(`audit verify --room ${roomId}`, { backend: { verifyAudit } })
    assert.equal((await run('audit verify --log relay.log', { backend: { verifyAudit }, lines })).code, 0)
    assert.deepEqual(asked, [
      [roomId, []],
      [null, [{ no: 4, hash: 'ab' }]],
    ])
    assert.equal(
      (await run(`audit verify --room ${roomId} --log relay.log`, { backend: { verifyAudit }, lines })).code,
      64,
    )
    const empty = await run('audit verify --log relay.log', { backend: { verifyAudit } })
    assert.deepEqual([empty.code, empty.err], [64, 'roomctl: relay.log tells of no checkpoint'])
  })
})

describe('asking about a room', () => {
  const owner = member('node-1')
  const ok: CommandResult = { status: 'ok', at: { epoch: 7, seq: 41 }, value: snapshot }

  const nothingWrong = { findings: [], audited: { actors: 0, grants: 0, entries: 0 } }

  function backend(answer: CommandResult | null, more: Partial<BackendParts> = {}) {
    const asked: unknown[] = []
    const parts: BackendParts = {
      membership: { refresh: () => Promise.resolve(viewOf(owner)) },
      directory: { resolveMany: () => Promise.resolve([answer && { ...owner, epoch: 7 }]) },
      router: {
        ask: (key, command, options) => {
          asked.push({ key, command, activate: options.activate })
          return Promise.resolve(answer ?? { status: 'unknown' })
        },
      },
      journal: { read: () => Promise.resolve({ ...ok, at: { epoch: 6, seq: 40 } }) },
      placement: { preferences: () => [], choose: () => null },
      history: { audit: () => Promise.resolve(nothingWrong), grants: () => Promise.resolve([]) },
      past: () => Promise.resolve(null),
      raids: {
        list: () => Promise.resolve({ raids: [], nextCursor: null }),
        read: () => Promise.resolve(null),
        roster: () => Promise.resolve([]),
      },
      zones: { list: () => Promise.resolve({ zones: [], nextCursor: null }) },
      zoneRegions: { show: () => Promise.reject(new Error('not asked in this test')) },
      nowMs: () => 0,
      auditTrail: new MemoryAuditTrail(new MemoryRecord(new ManualTime())),
      auditRecords: { erase: () => Promise.resolve(0) },
      order: (node, request) => {
        asked.push({ node: node.process, ...request })
        return Promise.resolve({ done: true, value: {} })
      },
      random: { uuid: () => '00000000-0000-4000-8000-000000000000', fraction: () => 0 },
      close: () => Promise.resolve(),
      ...more,
    }
    return { asked, backend: createBackend(parts) }
  }

  test('asks its owner and wakes nothing', async () => {
    const { asked, backend: ours } = backend(ok)
    const report = await ours.room(roomId)
    assert.deepEqual(asked, [{ key: `room:${roomId}`, command: { type: 'view', as: null }, activate: false }])
    assert.deepEqual([report.owner?.pid, report.at, report.answeredBy], [4_711, { epoch: 7, seq: 41 }, 'owner'])
  })

  test('reads the journal where nobody owns it, and asks nobody', async () => {
    const { asked, backend: ours } = backend(null)
    const report = await ours.room(roomId)
    assert.deepEqual(asked, [])
    assert.deepEqual([report.owner, report.at, report.answeredBy], [null, { epoch: 6, seq: 40 }, 'journal'])
  })

  for (const answer of [
    { status: 'unknown' },
    { status: 'retry_after', code: 'NO_OWNER', afterMs: 50 },
  ] as const satisfies readonly CommandResult[]) {
    test(`reads the journal, and still names the owner, where the owner answers ${answer.status}`, async () => {
      const report = await backend(answer).backend.room(roomId)
      assert.deepEqual([report.owner?.process, report.answeredBy], ['node-1', 'journal'])
    })
  }

  test('an owner whose process began a new life is no owner', async () => {
    const reborn = { ...owner, incarnation: '00000000-0000-4000-8000-00000000000f' as Incarnation }
    const { backend: ours } = backend(ok, { membership: { refresh: () => Promise.resolve(viewOf(reborn)) } })
    assert.equal((await ours.room(roomId)).owner, null)
  })

  test('an order goes to a node with a lease, a move to the owner of the room', async () => {
    const { asked, backend: ours } = backend(ok)
    await ours.order('node-1' as ProcessId, { verb: 'drain' })
    await ours.move(roomId, 'node-2' as ProcessId)
    assert.deepEqual(asked, [
      { node: 'node-1', verb: 'drain' },
      { node: 'node-1', verb: 'move', key: `room:${roomId}`, to: 'node-2' },
    ])
    const refused = await ours.order('node-9' as ProcessId, { verb: 'drain' })
    assert.deepEqual(refused, { done: false, problem: 'node-9 is no node with a lease' })
    assert.equal((await backend(null).backend.move(roomId, undefined)).done, false)
  })

  test('has a past only where its record or its journal has something', async () => {
    const { backend: ours } = backend(null)
    const isAbsent = (error: unknown) => error instanceof AppError && error.code === 'ROOM_NOT_FOUND'
    await assert.rejects(ours.audit(roomId), isAbsent)
    await assert.rejects(ours.replay(roomId, { seq: 3 }), isAbsent)
    assert.deepEqual((await ours.audit(null)).findings, [])
    await assert.rejects(ours.verifyAudit(roomId, []), isAbsent)
    assert.deepEqual((await ours.verifyAudit(null, [])).findings, [])
  })

  test('a raid that is not there is told by its code', async () => {
    const { backend: ours } = backend(null)
    assert.deepEqual(await ours.raids(), [])
    const isAbsent = (error: unknown) => error instanceof AppError && error.code === 'RAID_NOT_FOUND'
    await assert.rejects(ours.raid(roomId as string as RaidId), isAbsent)
    const { code } = await run(`raids ${roomId}`, { backend: { raid: (id) => ours.raid(id) } })
    assert.equal(code, 66)
    assert.equal((await run('raids', { backend: { raids: () => ours.raids() } })).out, 'No raid is planned.')
  })

  test('a refusal is told by its code', async () => {
    const { backend: ours } = backend({ status: 'rejected', at: { epoch: 7, seq: 0 }, code: 'ROOM_NOT_FOUND' })
    await assert.rejects(ours.room(roomId), (error) => error instanceof AppError && error.code === 'ROOM_NOT_FOUND')
  })
})

describe('the system that npm start runs here', () => {
  test('is found by what it wrote', () => {
    const state = { databaseUrl: 'postgres://a', redisUrl: 'redis://b', keyPrefix: '{x}', more: [1] }
    assert.deepEqual(localSettings(dataFolder({ ...secrets, 'run/state.json': state })), {
      VOICE_ENV: 'development',
      DATABASE_URL: 'postgres://a',
      REDIS_URL: 'redis://b',
      VOICE_KEY_PREFIX: '{x}',
      CLUSTER_SECRET: secrets['secrets.json'].clusterSecret,
    })
  })

  test('is not there where nothing was written', () => assert.deepEqual(localSettings(dataFolder()), {}))

  test('a file that is something else is an error that names it', () => {
    const folder = dataFolder({ 'run/state.json': { databaseUrl: 7 } })
    assert.throws(() => localSettings(folder), /state\.json is not what npm start writes/)
  })
})
