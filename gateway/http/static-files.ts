import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import type { Middleware } from 'koa'

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
}

export interface StaticFile {
  readonly bytes: Buffer
  readonly type: string
  readonly etag: string
}

/** Files by the path under which they are served: `/docs/reader.js`. */
export type StaticFiles = ReadonlyMap<string, StaticFile>

/** What is served under a name; null where we do not know the type of such a file. */
export function staticFile(name: string, bytes: Buffer): StaticFile | null {
  const type = contentTypes[extname(name)]
  if (type === undefined) return null
  return { bytes, type, etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 27)}"` }
}

/** Reads every file of the folder whose type we know. A folder that is not there is an empty one. */
export function readFolder(folder: string): StaticFiles {
  const files = new Map<string, StaticFile>()
  let names: string[] = []
  try {
    names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  for (const name of names) {
    const file = extname(name) === '' ? null : staticFile(name, readFileSync(join(folder, name)))
    if (file) files.set(`/${name.replaceAll('\\', '/')}`, file)
  }
  return files
}

/**
 * Serves files, those called index.html under the path of their folder too. They were read when the gateway started: a path can
 * only name what was there then, so none leads out of a folder. Browsers ask again each time and mostly hear 304.
 */
export function staticFiles(files: StaticFiles): Middleware {
  return async (ctx, next) => {
    const file = files.get(ctx.path) ?? files.get(`${ctx.path.replace(/\/$/, '')}/index.html`)
    if (!file || (ctx.method !== 'GET' && ctx.method !== 'HEAD')) {
      await next()
      return
    }
    ctx.status = 200
    ctx.set('Cache-Control', 'no-cache')
    ctx.set('ETag', file.etag)
    ctx.type = file.type
    if (ctx.fresh) ctx.status = 304
    else ctx.body = file.bytes
  }
}
