import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { TSchema } from '@sinclair/typebox'
import { format, resolveConfig } from 'prettier'
import * as clientSide from '../protocol/client/client-frames.ts'
import * as zoneSide from '../protocol/client/zone-frames.ts'
import * as serverSide from '../protocol/client/server-frames.ts'
import { docCommentsOf } from './doc-comments.ts'
import { drawSocketFrames, type NamedFrame } from './socket-frames-page.ts'

/*
 * `npm run docs:frames`: writes docs/socket-frames.md. Without `--write` it only says whether the page is what the schemas say.
 */
const pathOf = (file: string) => fileURLToPath(new URL(`../${file}`, import.meta.url))
export const page = pathOf('docs/socket-frames.md')

/** The constants that hold the frames, by what they hold. */
function framesByConstant(): ReadonlyMap<unknown, NamedFrame> {
  const sides = [
    [clientSide, 'protocol/client/client-frames.ts'],
    [serverSide, 'protocol/client/server-frames.ts'],
    [zoneSide, 'protocol/client/zone-frames.ts'],
  ] as const
  return new Map(
    sides.flatMap(([exported, file]) => {
      const comments = docCommentsOf(pathOf(file))
      return Object.entries(exported).map(([constant, value]) => [value, { constant, comments }] as const)
    }),
  )
}

/** The page as it has to be now. */
export async function drawnPage(): Promise<string> {
  const frames = framesByConstant()
  const find = (frame: TSchema): NamedFrame => {
    const found = frames.get(frame)
    if (!found) throw new Error('a frame is not exported by its file')
    return found
  }
  return format(drawSocketFrames(find), { ...(await resolveConfig(page)), parser: 'markdown' })
}

if (import.meta.main) {
  const drawn = await drawnPage()
  if (process.argv.includes('--write')) writeFileSync(page, drawn)
  else if (readFileSync(page, 'utf8') !== drawn) {
    console.error('docs/socket-frames.md is stale: npm run docs:frames')
    process.exitCode = 1
  }
}
