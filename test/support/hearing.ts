import type { ProbedPage } from './probed-page.ts'
import type { Hearing } from './voice-probe.ts'
import { waitUntil } from './wait.ts'

/*
 * What one page hears of the others, by the audio itself: packets that came in, and energy and loudness of what was let
 * through. The fake microphone beeps twice a second, so a second and a half without a sound is silence.
 */
const silenceMs = 1_500

type HearingPage = Pick<ProbedPage<unknown>, 'name' | 'probe' | 'said'>

const total = (hearing: readonly Hearing[]) => ({
  packets: hearing.reduce((sum, { packets }) => sum + packets, 0),
  energy: hearing.reduce((sum, { energy }) => sum + energy, 0),
  lastHeardAtMs: Math.max(...hearing.map(({ lastHeardAtMs }) => lastHeardAtMs)),
})

/** What was measured, for a failure: each link of the page as it is now. */
async function measured(page: HearingPage): Promise<string> {
  const links = await page.probe(async (probe) => ({
    now: probe.now(),
    context: probe.listening(),
    links: await probe.hearing(),
  }))
  return `--- ${page.name} measured: ${JSON.stringify(links)}`
}

/** Waits as `waitUntil`; a failure tells what was measured last. */
async function untilMeasured(page: HearingPage, what: string, check: () => Promise<boolean>, timeoutMs: number) {
  let last = ''
  await waitUntil(
    what,
    async () => {
      const isSo = await check()
      if (!isSo) last = await measured(page)
      return isSo
    },
    timeoutMs,
    () => `${last}\n${page.said()}`,
  )
}

/** What this page has heard until now, over all its open connections. */
export const heardBy = async (page: HearingPage) => total(await page.probe((probe) => probe.hearing()))

/** Waits until sound comes in at this page, and is loud. */
export async function untilHeard(what: string, page: HearingPage, timeoutMs = 10_000): Promise<void> {
  const before = await heardBy(page)
  const since = await page.probe((probe) => probe.now())
  await untilMeasured(
    page,
    what,
    async () => {
      const now = await heardBy(page)
      return now.packets > before.packets && now.energy > before.energy && now.lastHeardAtMs > since
    },
    timeoutMs,
  )
}

/**
 * Waits until nothing was loud at this page for so long that at least two beeps are missing, by the page's own clock, and tells what
 * arrived in that time nevertheless.
 */
export async function untilSilent(
  what: string,
  page: HearingPage,
  timeoutMs = 10_000,
): Promise<{ packets: number; energy: number }> {
  let quiet = await heardBy(page)
  let sinceMs = await page.probe((probe) => probe.now())
  let result = { packets: 0, energy: 0 }
  await untilMeasured(
    page,
    what,
    async () => {
      const now = await heardBy(page)
      const nowMs = await page.probe((probe) => probe.now())
      result = { packets: now.packets - quiet.packets, energy: now.energy - quiet.energy }
      if (now.lastHeardAtMs > sinceMs || result.energy > 0) {
        quiet = now
        sinceMs = nowMs
      }
      return nowMs - sinceMs > silenceMs
    },
    timeoutMs,
  )
  return result
}
