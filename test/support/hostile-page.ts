import type { Browser, Page } from 'playwright-core'
import { openProfile } from './browser.ts'
import type { GatewayAddress } from './cluster.ts'

/** What came of a frame that the hostile page sent: `ok` or `accepted`, or the code of the refusal. */
export type Outcome = string

interface Intruder {
  readonly sessionId: string
  request(frame: object): Promise<{ type: string; status?: string; error?: { code: string } }>
  offerAgain(toUser: string): Promise<{ type: string; status?: string; error?: { code: string } }>
}

interface Door {
  readonly intruder: Intruder
}

/** A page that takes a seat, sends its microphone to everybody, and heeds nothing it is told: test/browser/pages/hostile.js. */
export class HostilePage {
  readonly sessionId: string
  readonly #page: Page

  private constructor(page: Page, sessionId: string) {
    this.#page = page
    this.sessionId = sessionId
  }

  /** Opens the page, in a profile of its own, and takes the seat. */
  static async join(browser: Browser, gateway: GatewayAddress, token: string, roomId: string): Promise<HostilePage> {
    const context = await openProfile(browser)
    const page = await context.newPage()
    await page.goto(`${gateway.http}/`)
    const sessionId = await page.evaluate(
      async ({ script, ...options }) => {
        const { intrude } = (await import(script)) as { intrude: (options: object) => Promise<Intruder> }
        const intruder = await intrude(options)
        Object.assign(globalThis, { intruder })
        return intruder.sessionId
      },
      { script: '/hostile.js', ws: gateway.ws, token, roomId },
    )
    return new HostilePage(page, sessionId)
  }

  /** Makes a new connection and sends its offer. */
  async offersAgain(toUser: string): Promise<Outcome> {
    return outcome(await this.#page.evaluate((user) => (globalThis as never as Door).intruder.offerAgain(user), toUser))
  }

  /** Sends any frame to the room. */
  async sends(frame: object): Promise<Outcome> {
    return outcome(await this.#page.evaluate((sent) => (globalThis as never as Door).intruder.request(sent), frame))
  }

  async close(): Promise<void> {
    await this.#page.context().close()
  }
}

const outcome = ({ status, error }: Awaited<ReturnType<Intruder['request']>>): Outcome =>
  error?.code ?? status ?? 'nothing'
