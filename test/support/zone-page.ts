import type { Browser, Page } from 'playwright-core'
import { openProfile } from './browser.ts'
import { ProbedPage } from './probed-page.ts'

/** What the zone's page opens to tests and to the curious: `window.zoneDemo`. */
export interface ZoneDemo {
  number(): number
  place(): { readonly x: number; readonly y: number } | null
  /** Runs there, m. */
  walkTo(x: number, y: number): void
  heard(): readonly {
    readonly userId: string
    readonly name: string
    readonly distanceM: number
    readonly isAudible: boolean
  }[]
  links(): readonly { readonly player: number; readonly state: string }[]
  socketId(): number
}

interface Doors {
  readonly zoneDemo: ZoneDemo
}

/** A page of a zone that somebody walks in, with a profile of its own. */
export class ZonePage extends ProbedPage<ZoneDemo> {
  private constructor(page: Page, name: string) {
    super(page, name, 'zoneDemo')
  }

  /** Opens the page and enters the zone at that place, m. */
  static async enter(
    browser: Browser,
    gateway: string,
    name: string,
    zoneId: string,
    at: { readonly x: number; readonly y: number },
  ): Promise<ZonePage> {
    const context = await openProfile(browser)
    const walker = new ZonePage(await context.newPage(), name)
    await walker.page.goto(`${gateway}/zone.html?auto=1&name=${name}&zone=${zoneId}&x=${at.x}&y=${at.y}`)
    try {
      await walker.page.waitForFunction(() => (globalThis as never as Doors).zoneDemo.number() > 0, undefined, {
        timeout: 15_000,
      })
    } catch (error) {
      throw new Error(walker.said(), { cause: error })
    }
    return walker
  }

  /** Runs there, and waits until it is there. */
  async runTo(x: number, y: number): Promise<void> {
    await this.page.evaluate(([east, north]) => (globalThis as never as Doors).zoneDemo.walkTo(east, north), [
      x,
      y,
    ] as const)
    await this.page.waitForFunction(
      ([east, north]) => {
        const place = (globalThis as never as Doors).zoneDemo.place()
        return place !== null && Math.hypot(place.x - east, place.y - north) < 0.1
      },
      [x, y] as const,
      { timeout: 15_000 },
    )
  }
}
