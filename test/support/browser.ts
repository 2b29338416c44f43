import { chromium, type Browser, type Page } from 'playwright-core'
import { services } from './services.ts'

/** What the demo page opens to tests and to the curious: `window.voiceDemo`. */
export interface VoiceDemo {
  readonly client: { mute(roomId: string, userId: string, seconds?: number): Promise<{ epoch: number }> }
  roomId(): string
  sessionId(): string
  roster(): readonly { readonly user_id: string; readonly is_connected: boolean }[]
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

/** A page of the demo that has joined a room, with a profile of its own. */
export class DemoPage {
  readonly #page: Page
  readonly #said: string[] = []

  private constructor(page: Page) {
    this.#page = page
    page.on('console', (message) => this.#said.push(`${message.type()}: ${message.text()}`))
    page.on('pageerror', (error) => this.#said.push(`error: ${error.message}`))
  }

  /** Opens the page and joins, or makes a room and joins it where `roomId` is null. */
  static async join(browser: Browser, gateway: string, name: string, roomId: string | null): Promise<DemoPage> {
    const context = await browser.newContext({ permissions: ['microphone'] })
    const demo = new DemoPage(await context.newPage())
    await demo.#page.goto(`${gateway}/?auto=1&name=${name}${roomId === null ? '' : `&room=${roomId}`}`)
    await demo.#page.waitForFunction(() => (globalThis as never as Door).voiceDemo.sessionId() !== '', undefined, {
      timeout: 20_000,
    })
    return demo
  }

  /** Evaluates a question to the page's door. */
  ask<Answer>(question: (demo: VoiceDemo) => Answer): Promise<Awaited<Answer>> {
    return this.#page.evaluate((source) => {
      const asked = (0, eval)(source) as (demo: VoiceDemo) => unknown
      return asked((globalThis as never as Door).voiceDemo)
    }, `(${question.toString()})`) as Promise<Awaited<Answer>>
  }

  /** The link to the one other person. */
  async hears(): Promise<AudioStats | null> {
    const [link] = await this.ask((demo) => demo.stats())
    return link ?? null
  }

  /** What the page wrote to its console, for a failure. */
  said(): string {
    return this.#said.slice(-20).join('\n')
  }
}

interface Door {
  readonly voiceDemo: VoiceDemo
}
