import { aptInstall, hasApt } from './apt.ts'
import { findExecutable, run } from './executable.ts'
import { Unavailable, type Report } from './service.ts'

const programs = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

/** The sentence for a machine without a browser. */
export const missingBrowser =
  'The browser tests need Chrome or Chromium: install one (macOS: brew install --cask google-chrome; Debian: sudo apt-get ' +
  'install chromium; Fedora: sudo dnf install chromium), or set CHROME_PATH.'

// On Ubuntu the package of that name is a stub that asks for snap: only an answer counts.
const answers = async (path: string): Promise<boolean> =>
  (await run(path, ['--version'], { withinMs: 20_000 })).code === 0

/** The path of a browser that answers: CHROME_PATH, an installed one, or one installed now. Throws Unavailable. */
export async function findChromium(chromePath: string | undefined, report: Report): Promise<string> {
  if (chromePath !== undefined && chromePath !== '') {
    if (await answers(chromePath)) return chromePath
    throw new Unavailable(`CHROME_PATH names ${chromePath}, which does not answer to --version.`)
  }
  for (const name of programs) {
    const found = findExecutable([name])
    if (found !== null && (await answers(found))) return found
  }
  if (!hasApt()) throw new Unavailable(missingBrowser)
  const problem = await aptInstall('chromium', report)
  const installed = findExecutable(['chromium', '/usr/bin/chromium'])
  if (installed !== null && (await answers(installed))) return installed
  throw new Unavailable(
    `${missingBrowser} Tried apt-get install chromium: ${problem ?? 'what it brought does not answer'}`,
  )
}
