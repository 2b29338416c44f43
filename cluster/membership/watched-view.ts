import type { Cancel, Logger, Timers } from '../../protocol/ports.ts'
import type { MembershipView } from './port.ts'
import { emptyView } from './view.ts'

export interface WatchDeps {
  readonly timers: Timers
  readonly logger: Logger
  /** How often the store is asked, ms. Default 250. */
  readonly pollMs?: number
}

/** The latest view of the members, asked for again and again, and those who want to know when it changes. */
export class WatchedView {
  readonly #fetch: (known: MembershipView) => Promise<MembershipView>
  readonly #deps: WatchDeps
  readonly #listeners = new Set<(view: MembershipView) => void>()
  #view: MembershipView = emptyView
  #fetching: Promise<MembershipView> | null = null
  #cancel: Cancel = () => undefined

  /** `fetch` may answer the known view itself when nothing changed. */
  constructor(fetch: (known: MembershipView) => Promise<MembershipView>, deps: WatchDeps) {
    this.#fetch = fetch
    this.#deps = deps
  }

  get current(): MembershipView {
    return this.#view
  }

  /** Fetches now; concurrent calls share one fetch. */
  refresh(): Promise<MembershipView> {
    this.#fetching ??= this.#fetch(this.#view)
      .then((view) => this.#take(view))
      .finally(() => (this.#fetching = null))
    return this.#fetching
  }

  /** Begins to watch. Rejects when the first fetch fails. */
  async start(): Promise<void> {
    await this.refresh()
    this.#cancel = this.#deps.timers.every(this.#deps.pollMs ?? 250, () => {
      // An old view is better than none; that Redis is away is said by its connection.
      this.refresh().catch((err: unknown) => this.#deps.logger.debug({ err }, 'membership.refresh_failed'))
    })
  }

  stop(): void {
    this.#cancel()
    this.#listeners.clear()
  }

  onChange(listener: (view: MembershipView) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  #take(view: MembershipView): MembershipView {
    const isChanged = view.ringVersion !== this.#view.ringVersion
    this.#view = view
    if (isChanged) for (const listener of [...this.#listeners]) listener(view)
    return view
  }
}
