import { afterEach } from 'node:test'
import type { Browser } from 'playwright-core'
import { launchBrowser } from './browser.ts'
import { startCluster, type TestCluster } from './cluster.ts'

/** A TURN server that is not there: rooms that only relay may be made, and nobody is heard in them. */
const turn = { TURN_SERVERS: 'turn:127.0.0.1:9', TURN_SECRET: 'a-secret-of-a-turn-server-0123456789' }

/**
 * One cluster and one browser for several suites of pages: raising them takes longer than most of what is tested in them. Each
 * suite has rooms and profiles of its own.
 */
export class BrowserWorld {
  #cluster: TestCluster | null = null
  #browser: Browser | null = null
  #failed = false

  get cluster(): TestCluster {
    if (!this.#cluster) throw new Error('the cluster is not up')
    return this.#cluster
  }

  get browser(): Browser {
    if (!this.#browser) throw new Error('the browser is not up')
    return this.#browser
  }

  /** Two gateways, so that people of one room come in by different ones, and one node. */
  async start(): Promise<void> {
    this.#cluster = await startCluster({ gateways: 2, nodes: 1, env: turn })
    this.#browser = await launchBrowser()
  }

  /** Where a test failed, the last lines of every process are printed. */
  async stop(): Promise<void> {
    try {
      await this.#browser?.close()
    } finally {
      await this.#cluster?.stop(this.#failed)
    }
  }

  /** Ends what the pages of a suite have open, so that the next one has the machine to itself. */
  async closePages(): Promise<void> {
    await Promise.all(this.browser.contexts().map((context) => context.close()))
  }

  /** To be called in a suite: notes whether one of its tests failed. */
  watch(): void {
    afterEach((context) => {
      // Since Node 21.7, and not in the types yet.
      if (!(context as unknown as { readonly passed: boolean }).passed) this.#failed = true
    })
  }
}
