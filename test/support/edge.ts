import { MemoryPersonExports } from '../../persistence/persons/memory-exports.ts'
import {
  MemoryRecord,
  MemorySanctionRecords,
  MemoryWebhooks,
  MemoryWiderSanctions,
  webhookSecrets,
} from '../../persistence/index.ts'
import { addressRule, urlRule } from '../../workflows/webhooks/index.ts'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request, type OutgoingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { Registry } from 'prom-client'
import { systemClock, systemRandom } from '../../bin/system-ports.ts'
import {
  createAuthenticator,
  createGateway,
  createGatewayMetrics,
  createInviteTokens,
  createResumeTokens,
  Revocations,
  secretKey,
  type Gateway,
  type GatewayDeps,
  type GatewayOptions,
} from '../../gateway/index.ts'
import { MemoryInviteRecords, MemoryRevokedTokens } from '../../persistence/index.ts'
import type { QualityRollups, RegionRollup, RollupWindow } from '../../persistence/quality-rollups/port.ts'
import { MemoryAuditRecords, MemoryPersonRecords } from '../../persistence/index.ts'
import type { RaidNotices } from '../../persistence/raid-clockwork/port.ts'
import type { RaidBook } from '../../persistence/raids/port.ts'
import type { RoomFilter, RoomRecords } from '../../persistence/rooms/port.ts'
import { AppError } from '../../protocol/errors.ts'
import type { RoomId } from '../../protocol/ids.ts'
import type { Timers } from '../../protocol/ports.ts'
import { KeptCalls } from './kept-calls.ts'
import { testLimits } from './limits.ts'
import { ScriptedRouter } from './scripted-router.ts'
import { MemoryZoneRecords } from '../../persistence/zones/memory.ts'
import { silentLogger } from './silent-logger.ts'
import { signTestToken } from './tokens.ts'

/** What tokens of a gateway under test are signed with. */
export const edgeSecret = 'a-secret-of-the-gateway-tests-0123456789'

/** Timers of gateways under test. */
export const edgeTimers: Timers = {
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs)
    return () => clearTimeout(timer)
  },
  every(periodMs, run) {
    const timer = setInterval(run, periodMs)
    return () => clearInterval(timer)
  },
}

/** The record of rooms as a test wants it. */
export class ScriptedRecords implements RoomRecords {
  readonly lists: { filter: RoomFilter; limit: number; cursor: string | null }[] = []
  hash: string | null = null
  list(filter: RoomFilter, limit: number, cursor: string | null) {
    this.lists.push({ filter, limit, cursor })
    if (cursor === 'down') return Promise.reject(new Error('connection lost'))
    if (cursor === 'foreign') return Promise.reject(new AppError('VALIDATION_FAILED', { field: 'cursor' }))
    return Promise.resolve({ rooms: [], nextCursor: 'next' })
  }
  passwordHash() {
    return Promise.resolve(this.hash)
  }
}

/** Rollups as a test wants them. */
export class ScriptedRollups implements QualityRollups {
  readonly asked: { room: RoomId | null; window: RollupWindow }[] = []
  rows: readonly RegionRollup[] = []
  ofRoom(room: RoomId, window: RollupWindow) {
    this.asked.push({ room, window })
    return Promise.resolve(this.rows.map(({ region: _, ...rollup }) => rollup))
  }
  ofRegions(window: RollupWindow) {
    this.asked.push({ room: null, window })
    return Promise.resolve(this.rows)
  }
}

/** A record without raids, that takes none: tests of raids bring Postgres. */
const noRaids: RaidBook = {
  roomOf: () => '00000000-0000-8000-8000-000000000000' as RoomId,
  create: () => Promise.reject(new Error('no raids here')),
  read: () => Promise.resolve(null),
  list: () => Promise.resolve({ raids: [], nextCursor: null }),
  roster: () => Promise.resolve([]),
  occurrencesOf: () => Promise.resolve(new Map()),
  change: () => Promise.resolve(null),
}

/** Nothing is ever told of them. */
const noNotices: RaidNotices = {
  newest: () => Promise.resolve('0'),
  behind: () => Promise.resolve([]),
  listen: () => Promise.resolve(() => Promise.resolve()),
}

const publicFolder = mkdtempSync(join(tmpdir(), 'voice-page-'))
writeFileSync(join(publicFolder, 'index.html'), '<!doctype html><title>Voice</title>')
writeFileSync(join(publicFolder, 'page.js'), 'export {}')
writeFileSync(join(publicFolder, '.env'), 'SECRET=1')
after(() => rmSync(publicFolder, { recursive: true }))

/** A real gateway on free ports, in front of rooms that a test scripts. */
export async function startEdge(options: Partial<GatewayOptions> = {}, deps: Partial<GatewayDeps> = {}) {
  const router = new ScriptedRouter()
  const records = new ScriptedRecords()
  const calls = new KeptCalls()
  const rollups = new ScriptedRollups()
  const record = new MemoryRecord(systemClock)
  const registry = new Registry()
  const unready: string[] = []
  const revoked = new MemoryRevokedTokens()
  const revocations = new Revocations({ revoked, clock: systemClock, timers: edgeTimers, logger: silentLogger })
  const gateway: Gateway = createGateway(
    {
      router,
      rooms: records,
      calls,
      rollups,
      sanctions: new MemorySanctionRecords(record),
      wider: new MemoryWiderSanctions(record),
      persons: new MemoryPersonRecords(new MemoryRecord(systemClock)),
      exports: new MemoryPersonExports(),
      audit: new MemoryAuditRecords(new MemoryRecord(systemClock)),
      auth: createAuthenticator({ keys: secretKey(edgeSecret), algorithm: 'HS256', revocations }, systemClock),
      ...{ revoked, revocations },
      webhooks: {
        registry: new MemoryWebhooks(record),
        secretOf: webhookSecrets('a-key-of-webhooks-for-tests-0123456789'),
        urlProblem: urlRule({ allowHttp: false, isOpen: addressRule([]) }),
      },
      resumeTokens: createResumeTokens('a-secret-of-a-cluster', systemClock),
      invites: new MemoryInviteRecords(new MemoryRecord(systemClock)),
      inviteTokens: createInviteTokens('a-secret-of-a-cluster'),
      raids: noRaids,
      zones: new MemoryZoneRecords(new MemoryRecord(systemClock)),
      raidNotices: noNotices,
      limits: testLimits(),
      metrics: createGatewayMetrics(registry),
      ...{ clock: systemClock, timers: edgeTimers, random: systemRandom, logger: silentLogger },
      unreadyReasons: () => unready,
      ...deps,
    },
    {
      host: '127.0.0.1',
      httpPort: 0,
      wsPort: 0,
      wsPath: '/ws',
      metricsPath: '/metrics',
      corsOrigins: [],
      tls: null,
      trustedProxies: [],
      socketFps: 10_000,
      ice: { stunServers: ['stun:stun.example:3478'], turnServers: [] },
      development: null,
      publicFolder,
      drainMs: 500,
      ...options,
    },
  )
  const { httpPort, wsPort } = await gateway.start()
  const http = `http://127.0.0.1:${httpPort}`
  const token = signTestToken(edgeSecret, 'ann')

  /** A request; `body` is sent as JSON unless it is text. */
  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(`${http}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      redirect: 'manual',
      signal: AbortSignal.timeout(10_000),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.startsWith('application/json') === true
    // Answers of every route land here; a test that reads a field knows which one it called.

    const parsed: any = isJson ? JSON.parse(text) : text
    return { status: response.status, body: parsed, headers: response.headers }
  }
  return {
    gateway,
    router,
    records,
    calls,
    rollups,
    record,
    registry,
    unready,
    http,
    httpPort,
    wsPort,
    ws: `ws://127.0.0.1:${wsPort}/ws`,
    token,
    call,
  }
}

/** A gateway under test, with what a test asks of it. */
export type Edge = Awaited<ReturnType<typeof startEdge>>

/** A request exactly as written, which fetch would tidy up. */
export const rawRequest = (port: number, method: string, path: string, headers: OutgoingHttpHeaders, body = '') =>
  new Promise<{ status: number; body: string }>((resolve, reject) => {
    const req = request({ host: '127.0.0.1', port, method, path, headers }, (res) => {
      let text = ''
      res.on('data', (chunk: Buffer) => (text += chunk.toString()))
      res.on('end', () => resolve({ status: res.statusCode ?? 0, body: text }))
    })
    req.on('error', reject)
    req.end(body)
  })
