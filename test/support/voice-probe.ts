/** What comes in by one connection that is open, as test/browser/pages/probe.js sees it. */
export interface Hearing {
  readonly state: string
  readonly directions: readonly (string | null)[]
  readonly packets: number
  /** Of what is let through; it stands still while a track is stopped, whatever arrives. */
  readonly energy: number
  /** When it was last loud, ms of the page's own clock. */
  readonly lastHeardAtMs: number
}

/** What tests look at in a frame that a page heard. */
export interface NotedFrame {
  readonly type: string
  readonly from_session?: string
  readonly events?: readonly { readonly type: string; readonly user_id?: string }[]
}

/** `window.voiceProbe`, in every page: see test/browser/pages/probe.js. */
export interface VoiceProbe {
  readonly links: readonly { readonly closedAtMs: number | null }[]
  readonly frames: readonly { readonly atMs: number; readonly frame: NotedFrame }[]
  microphoneCalls: number
  refuseMicrophone: boolean
  now(): number
  /** State of the page's ears. */
  listening(): string
  hearing(): Promise<readonly Hearing[]>
}
