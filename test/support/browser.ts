import { fileURLToPath } from 'node:url'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { ProbedPage } from './probed-page.ts'
import { services } from './services.ts'
import type { VoiceProbe } from './voice-probe.ts'

/** What the demo page opens to tests and to the curious: `window.voiceDemo`. */
export interface VoiceDemo {
  readonly client: {
    mute(roomId: string, userId: string, seconds?: number): Promise<{ epoch: number }>
    ask(roomId: string, command: { readonly type: string; readonly [field: string]: unknown }): Promise<unknown>
  }
  roomId(): string
  sessionId(): string
  roster(): readonly {
    readonly session_id: string
    readonly user_id: string
    readonly username: string
    readonly is_connected: boolean
  }[]
  /** Counts the sockets this page has opened: the same number is the same socket. */
  socketId(): number
  epoch(): number
  stats(): Promise<readonly AudioStats[]>
}

/** What one page receives from one peer, by `getStats`. */
export interface AudioStats {
  readonly peer_session_id: string
  readonly state: string
  readonly packetsReceived: number
  readonly totalAudioEnergy: number
}

/** Chromium with a microphone that beeps. Nothing leaves this machine. */
export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: services.chromePath(),
    args: [
      '--no-sandbox',
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      '--autoplay-policy=no-user-gesture-required',
      // Host candidates as plain addresses, loopback among them: the test machine may have no mDNS and no network.
      '--disable-features=WebRtcHideLocalIpsWithMdns',
      '--allow-loopback-in-peer-connection',
      '--disable-background-networking',
      '--disable-quic',
    ],
  })

const pageFile = (name: string) => fileURLToPath(new URL(`../browser/pages/${name}`, import.meta.url))

/** A browser profile of its own that may use the microphone, with the probe in each page. */
export async function openProfile(browser: Browser): Promise<BrowserContext> {
  const context = await browser.newContext({ permissions: ['microphone'] })
  await context.addInitScript({ path: pageFile('probe.js') })
  await context.route('**/hostile.js', (route) => route.fulfill({ path: pageFile('hostile.js') }))
  return context
}

/** A page of the demo that has joined a room, with a profile of its own. */
export class DemoPage extends ProbedPage<VoiceDemo> {
  private constructor(page: Page, name: string) {
    super(page, name, 'voiceDemo')
  }

  /** Opens the page and joins, or makes a room and joins it where `roomId` is null. */
  static async join(
    browser: Browser,
    gateway: string,
    name: string,
    roomId: string | null,
    options: { readonly refuseMicrophone?: boolean } = {},
  ): Promise<DemoPage> {
    const context = await openProfile(browser)
    if (options.refuseMicrophone === true) {
      await context.addInitScript(() => ((globalThis as never as Doors).voiceProbe.refuseMicrophone = true))
    }
    const demo = new DemoPage(await context.newPage(), name)
    await demo.page.goto(`${gateway}/?auto=1&name=${name}${roomId === null ? '' : `&room=${roomId}`}`)
    await demo.page.waitForFunction(() => (globalThis as never as Doors).voiceDemo.sessionId() !== '', undefined, {
      timeout: 20_000,
    })
    return demo
  }

  /** The link to the one other person. */
  async hears(): Promise<AudioStats | null> {
    const [link] = await this.ask((demo) => demo.stats())
    return link ?? null
  }

  /** The user id under which the page came in, or under which somebody else did, as this page sees it. */
  async userOf(name: string): Promise<string> {
    const roster = await this.ask((demo) => demo.roster())
    const found = roster.find(({ username }) => username === name)
    if (!found) throw new Error(`${this.name} sees no ${name}`)
    return found.user_id
  }
}

interface Doors {
  readonly voiceDemo: VoiceDemo
  readonly voiceProbe: VoiceProbe
}
