import { MemoryCluster } from '../../cluster/membership/memory-cluster.ts'
import type { Clock } from '../../protocol/ports.ts'
import type { BenchRedis } from './bench-world.ts'

interface Written {
  readonly atMs: number
  readonly write: (server: MemoryCluster) => unknown
}

/** Redis with a replica that is behind: it can fail over to it and lose what was written last, or come back empty. */
export class ReplicatedRedis implements BenchRedis {
  readonly #clock: Clock
  /** The time of a write that is carried out again. */
  #againMs: number | null = null
  #written: Written[] = []
  #server: MemoryCluster

  constructor(clock: Clock) {
    this.#clock = clock
    this.#server = this.#blank()
  }

  /** The replica takes over; it lacks what was written in the last `lostMs`. */
  failOver(lostMs: number): void {
    const untilMs = this.#clock.monotonicMs() - lostMs
    this.#written = this.#written.filter(({ atMs }) => atMs <= untilMs)
    this.#server = this.#blank()
    for (const { atMs, write } of this.#written) {
      this.#againMs = atMs
      // What was refused the first time is refused again.
      void Promise.resolve(write(this.#server)).catch(() => undefined)
    }
    this.#againMs = null
  }

  /** It was started anew without its disk. */
  empty(): void {
    this.#written = []
    this.#server = this.#blank()
  }

  hold: BenchRedis['hold'] = (...said) => this.#write((server) => server.hold(...said))
  leave: BenchRedis['leave'] = (...said) => this.#write((server) => server.leave(...said))
  revoke: BenchRedis['revoke'] = (...said) => this.#write((server) => server.revoke(...said))
  claim: BenchRedis['claim'] = (...said) => this.#write((server) => server.claim(...said))
  transfer: BenchRedis['transfer'] = (...said) => this.#write((server) => server.transfer(...said))
  release: BenchRedis['release'] = (...said) => this.#write((server) => server.release(...said))
  yieldTo: BenchRedis['yieldTo'] = (...said) => this.#write((server) => server.yieldTo(...said))
  restore: BenchRedis['restore'] = (...said) => this.#write((server) => server.restore(...said))
  resolveMany: BenchRedis['resolveMany'] = (keys) => this.#server.resolveMany(keys)
  view: BenchRedis['view'] = () => this.#server.view()

  #write<Answer>(write: (server: MemoryCluster) => Answer): Answer {
    this.#written.push({ atMs: this.#clock.monotonicMs(), write })
    return write(this.#server)
  }

  #blank(): MemoryCluster {
    const clock = this.#clock
    return new MemoryCluster({
      wallMs: () => clock.wallMs(),
      monotonicMs: () => this.#againMs ?? clock.monotonicMs(),
    })
  }
}
