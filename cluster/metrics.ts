import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { HandOffOutcome } from './actor-runtime/hand-off.ts'
import type { ActorHost, HostObserver } from './actor-runtime/host.ts'
import type { LinkObserver } from './actor-runtime/link-server.ts'
import type { LoadSample, NodeLoad } from './actor-runtime/node-load.ts'
import type { LeaseGuard } from './membership/port.ts'
import type { RouterObserver } from './routing/router.ts'
import type { PassageObserver } from './transport/port.ts'

/** A metric's name and what it says of itself. */
export interface MetricText {
  readonly name: string
  readonly help: string
}

/** How the names that actors count and gauge by appear to Prometheus. */
export interface ActorMetricTexts {
  readonly counters: Readonly<Record<string, MetricText>>
  readonly gauges: Readonly<Record<string, MetricText>>
}

/** The metrics of a router, registered. */
export function routerMetrics(registry: Registry): RouterObserver {
  const registers = [registry]
  const forwards = new Counter({
    name: 'voice_cluster_forwards_total',
    help: 'Commands that reached a process which was not the owner.',
    registers,
  })
  const commands = new Counter({
    name: 'voice_cluster_commands_total',
    help: 'Commands for actors taken here; beside them voice_cluster_forwards_total tells the forwards per command.',
    registers,
  })
  const stale = new Counter({
    name: 'voice_cluster_stale_frames_total',
    help: 'Pushes dropped since they came from an earlier life of their actor.',
    registers,
  })
  const recovery = new Histogram({
    name: 'voice_cluster_recovery_seconds',
    help: 'From missing the owner of an actor until every session carried here was attached to the new one.',
    buckets: [0.05, 0.1, 0.2, 0.4, 0.8, 1.5, 3, 6, 12],
    registers,
  })
  const detours = new Gauge({
    name: 'voice_cluster_detours',
    help: 'Nodes that are reached by way of another node now, since there is no straight way to them from here.',
    registers,
  })
  const noDetour = new Counter({
    name: 'voice_cluster_detours_failed_total',
    help: 'Times that no node which was asked had a way to a node that could not be reached from here.',
    registers,
  })
  return {
    detours: { opened: () => detours.inc(), closed: () => detours.dec(), failed: () => noDetour.inc() },
    asked: () => commands.inc(),
    forwarded: () => forwards.inc(),
    staleFrame: () => stale.inc(),
    recovered: (tookMs) => recovery.observe(tookMs / 1_000),
  }
}

/** The metrics of the passages that a node gives to processes which cannot reach another node, registered. */
export function passageMetrics(registry: Registry): PassageObserver {
  const registers = [registry]
  const open = new Gauge({
    name: 'voice_cluster_passages',
    help: 'Links between two other processes that run through this node now.',
    registers,
  })
  const refused = new Counter({
    name: 'voice_cluster_passages_refused_total',
    help: 'Wishes for a passage that were refused: not_live for a process without a lease, busy with too many open.',
    labelNames: ['cause'],
    registers,
  })
  const bytes = new Counter({
    name: 'voice_cluster_passage_bytes_total',
    help: 'Bytes carried between other processes.',
    registers,
  })
  return {
    opened: () => open.inc(),
    closed: () => open.dec(),
    refused: (cause) => refused.inc({ cause }),
    carried: (count) => bytes.inc(count),
  }
}

/** The metrics of an actor host, registered. */
export function hostMetrics(registry: Registry, texts: ActorMetricTexts): HostObserver {
  const registers = [registry]
  const activations = new Histogram({
    name: 'voice_cluster_activation_seconds',
    help: 'From the first command for an actor until it served here.',
    buckets: [0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 3],
    registers,
  })
  const conflicts = new Counter({
    name: 'voice_cluster_claim_conflicts_total',
    help: 'Actors that were to be loaded and were not to be had: another process owns them, or Postgres knew a higher epoch than Redis granted.',
    labelNames: ['lost_to'],
    registers,
  })
  const drops = new Counter({
    name: 'voice_cluster_actors_dropped_total',
    help: 'Actors that left memory, by cause.',
    labelNames: ['cause'],
    registers,
  })
  const dedup = new Counter({
    name: 'voice_cluster_dedup_hits_total',
    help: 'Commands answered from the dedup table, since they had been carried out before.',
    registers,
  })
  const shed = new Counter({
    name: 'voice_cluster_shed_total',
    help: 'Commands refused for want of room, by their class and by the queue that was full.',
    labelNames: ['class', 'queue'],
    registers,
  })
  const slowTurns = new Counter({
    name: 'voice_cluster_slow_turns_total',
    help: 'Commands that kept the loop for more than 5 ms.',
    registers,
  })
  const counters = new Map(
    Object.entries(texts.counters).map(([key, text]) => [key, new Counter({ ...text, registers })]),
  )
  return {
    activated: (claims, tookMs) => {
      activations.observe(tookMs / 1_000)
      conflicts.inc({ lost_to: 'epoch' }, claims - 1)
    },
    ownedElsewhere: () => conflicts.inc({ lost_to: 'owner' }),
    dropped: (cause) => drops.inc({ cause }),
    dedupHit: () => dedup.inc(),
    counted: (names) => {
      for (const name of names) counters.get(name)?.inc()
    },
    overflow: (of, queue) => shed.inc({ class: of, queue }),
    slowTurn: () => slowTurns.inc(),
  }
}

/** The metrics of a node's links, registered. */
export function linkMetrics(registry: Registry): LinkObserver {
  const shed = new Counter({
    name: 'voice_cluster_pushes_shed_total',
    help: 'Pushes not sent: the link was congested, and its sessions are attached anew; or they were larger than a frame.',
    labelNames: ['cause'],
    registers: [registry],
  })
  return { pushShed: (cause) => shed.inc({ cause }) }
}

/** The metrics of hand-offs, registered: what one came to, and for how long the actor stood still here. */
export function handOffMetrics(registry: Registry): (outcome: HandOffOutcome, pausedMs: number) => void {
  const registers = [registry]
  const outcomes = new Counter({
    name: 'voice_cluster_hand_offs_total',
    help: 'Hand-offs of living actors by outcome: moved, kept, lost.',
    labelNames: ['outcome'],
    registers,
  })
  const pauses = new Histogram({
    name: 'voice_cluster_hand_off_pause_seconds',
    help: 'For how long an actor stood still on the node that handed it on.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5],
    registers,
  })
  return (outcome, pausedMs) => {
    outcomes.inc({ outcome })
    pauses.observe(pausedMs / 1_000)
  }
}

/** Gauges of a host, read when the metrics are asked for. */
export function watchHost(
  registry: Registry,
  host: Pick<ActorHost<unknown>, 'owned' | 'gauges' | 'waiting' | 'activationsWaiting'>,
  texts: ActorMetricTexts,
): void {
  const registers = [registry]
  new Gauge({
    name: 'voice_cluster_actors_owned',
    help: 'Actors in the memory of this node.',
    registers,
    collect() {
      this.set(host.owned)
    },
  })
  new Gauge({
    name: 'voice_cluster_commands_waiting',
    help: 'Commands that wait on this node: in mailboxes, for an activation, or for the end of a hand-off.',
    labelNames: ['queue'],
    registers,
    collect() {
      for (const [queue, count] of Object.entries(host.waiting)) this.set({ queue }, count)
    },
  })
  new Gauge({
    name: 'voice_cluster_activations_waiting',
    help: 'Actors that wait to be loaded on this node.',
    registers,
    collect() {
      this.set(host.activationsWaiting)
    },
  })
  for (const [key, text] of Object.entries(texts.gauges)) {
    new Gauge({
      ...text,
      registers,
      collect() {
        this.set(host.gauges()[key] ?? 0)
      },
    })
  }
}

/** How long the lease would last without a renewal, read when the metrics are asked for. */
export function watchLease(registry: Registry, lease: LeaseGuard): void {
  new Gauge({
    name: 'voice_cluster_lease_slack_seconds',
    help: 'Until this process would stop serving if no renewal got through; 0 when it has no lease.',
    registers: [registry],
    collect() {
      this.set(Math.max(0, lease.leftMs() / 1_000))
    },
  })
}

/** How busy the process is and what it makes of that, read when the metrics are asked for. */
export function watchLoad(registry: Registry, watch: { readonly sample: LoadSample; readonly load: NodeLoad }): void {
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      ...{ name, help, registers: [registry] },
      collect() {
        this.set(read())
      },
    })
  gauge('voice_node_loop_lag_seconds', 'How late 99 of 100 timers were at most, over half a second.', () => {
    return watch.sample.lagP99Ms / 1_000
  })
  gauge('voice_node_loop_utilisation', 'Share of half a second in which the loop was at work.', () => {
    return watch.sample.utilisation
  })
  gauge('voice_node_memory_share', 'Memory used of what the process may use.', () => watch.sample.memoryShare)
  gauge('voice_node_refusing', '1 while the node has new actors placed elsewhere.', () => {
    return Number(watch.load.refusesPlacements.isOn)
  })
  gauge('voice_node_shedding_joins', '1 while the node takes no new sessions.', () =>
    Number(watch.load.shedsJoins.isOn),
  )
}
