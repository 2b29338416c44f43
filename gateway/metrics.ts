import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { ErrorCode } from '../protocol/errors.ts'
import type { Hint } from '../protocol/quality/hint.ts'
import { createZoneMetrics, type ZoneMetrics } from './zone/metrics.ts'

/** What a gateway counts. Labels never hold a room, a user or a path as it was called. */
export interface GatewayMetrics {
  signalAccepted(): void
  /** So many candidates were left out of a signal, since its room takes relayed ones alone. */
  candidatesDropped(count: number): void
  /** A signal came that its client had been sent before: known by its number, and dropped. */
  signalRepeated(): void
  /** So many signals without a confirmation were told to a room's new owner. */
  signalsResent(count: number): void
  /** So many were let go of without a confirmation, for want of room. */
  signalsLetGo(count: number): void
  /** A client said that a peer connection came up, failed or closed. */
  linkChanged(state: 'connected' | 'failed' | 'closed'): void
  /** 0-1. */
  qualityHeard(score: number): void
  /** A report came too soon after the one before. */
  qualityTooSoon(): void
  hintGiven(hint: Hint): void
  socketOpened(): void
  socketClosed(): void
  /** So many clients have something waiting that they have not read. */
  slowSockets(count: number): void
  frameReceived(type: string): void
  /** A request, frame or connection was refused. */
  refused(code: ErrorCode): void
  /**
   * A limit was asked. `alone`: let through by this gateway's own count while Redis was away; `closed`: refused for that.
   */
  limitDecided(limit: string, outcome: 'allowed' | 'limited' | 'alone' | 'closed'): void
  oversizeFrame(): void
  /** A push came that was older than what the session had seen. */
  stalePush(): void
  /** `route` is the pattern, such as `/api/v1/rooms/:roomId`. */
  requestServed(method: string, route: string, status: number, tookMs: number): void
  passwordsWaiting(count: number): void
  readonly zones: ZoneMetrics
  expose(): Promise<{ readonly contentType: string; readonly text: string }>
}

/** Counted by the owning node; here, so that every scrape has all names of the service, always 0. */
const countedByNodes = [
  ['voice_chat_rooms_created_total', Counter, 'Rooms made.'],
  ['voice_chat_participants_joined_total', Counter, 'Seats taken.'],
  ['voice_chat_active_rooms', Gauge, 'Rooms in memory that are not closed.'],
  ['voice_chat_active_participants', Gauge, 'Seats in rooms in memory.'],
] as const

/** Registers the gateway's metrics. A registry takes one gateway. */
export function createGatewayMetrics(registry: Registry): GatewayMetrics {
  const registers = [registry]
  const counter = (name: string, help: string, labelNames: string[] = []) =>
    new Counter({ name, help, labelNames, registers })

  const signals = counter('voice_chat_signaling_messages_total', 'Signaling messages that a room accepted.')
  const dropped = counter(
    'voice_gateway_candidates_dropped_total',
    'Candidates left out of signals, since their rooms take relayed ones alone.',
  )
  const repeated = counter(
    'voice_gateway_signals_repeated_total',
    'Signals that came twice and were dropped by number.',
  )
  const resent = counter('voice_gateway_signals_resent_total', 'Unconfirmed signals told to the new owner of a room.')
  const letGo = counter('voice_gateway_signals_let_go_total', 'Unconfirmed signals let go of for want of room.')
  const links = counter('voice_chat_webrtc_connections_total', 'Peer connections that clients say came up.')
  const failures = counter('voice_chat_webrtc_failures_total', 'Peer connections that clients say failed.')
  const quality = new Histogram({
    name: 'voice_chat_audio_quality_score',
    help: 'How clients hear their rooms: 0 unusable, 1 perfect.',
    buckets: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1],
    registers,
  })
  const tooSoon = counter('voice_gateway_quality_too_soon_total', 'Reports of quality that were not counted: too soon.')
  const hints = counter('voice_gateway_hints_total', 'Hints given to clients about how they hear.', ['hint'])
  const sockets = new Gauge({ name: 'voice_gateway_sockets_open', help: 'Client sockets open now.', registers })
  const slow = new Gauge({
    name: 'voice_gateway_slow_sockets',
    help: 'Client sockets with something waiting that was not read.',
    registers,
  })
  const frames = counter('voice_gateway_frames_total', 'Frames from clients, by type.', ['type'])
  const refusals = counter('voice_gateway_refused_total', 'What callers were refused, by error code.', ['code'])
  const limits = counter('voice_gateway_limit_decisions_total', 'What limits said, by limit and outcome.', [
    'limit',
    'outcome',
  ])
  const oversize = counter('voice_gateway_oversize_frames_total', 'Sockets closed for a frame over the limit.')
  const stale = counter('voice_gateway_stale_pushes_total', 'Pushes dropped since a newer position had been sent.')
  const requests = new Histogram({
    name: 'voice_gateway_http_duration_seconds',
    help: 'REST requests by method, route and class of status.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  })
  const waiting = new Gauge({
    name: 'voice_gateway_passwords_waiting',
    help: 'Room passwords waiting to be hashed or checked.',
    registers,
  })
  for (const [name, Kind, help] of countedByNodes) {
    new Kind({ name, help: `${help} Counted by the owning node; a gateway always shows 0.`, registers })
  }

  return {
    signalAccepted: () => signals.inc(),
    candidatesDropped: (count) => dropped.inc(count),
    signalRepeated: () => repeated.inc(),
    signalsResent: (count) => resent.inc(count),
    signalsLetGo: (count) => letGo.inc(count),
    linkChanged: (state) => {
      if (state === 'connected') links.inc()
      if (state === 'failed') failures.inc()
    },
    qualityHeard: (score) => quality.observe(score),
    qualityTooSoon: () => tooSoon.inc(),
    hintGiven: (hint) => hints.inc({ hint }),
    socketOpened: () => sockets.inc(),
    socketClosed: () => sockets.dec(),
    slowSockets: (count) => slow.set(count),
    frameReceived: (type) => frames.inc({ type }),
    refused: (code) => refusals.inc({ code }),
    limitDecided: (limit, outcome) => limits.inc({ limit, outcome }),
    oversizeFrame: () => oversize.inc(),
    stalePush: () => stale.inc(),
    requestServed: (method, route, status, tookMs) =>
      requests.observe({ method, route, status: `${Math.floor(status / 100)}xx` }, tookMs / 1_000),
    passwordsWaiting: (count) => waiting.set(count),
    zones: createZoneMetrics(registry),
    expose: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  }
}
