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

interface StaticFile {
  readonly bytes: Buffer
  readonly type: string
  readonly etag: string
}

/** Reads every file of the folder whose type we know. A folder that is not there is an empty one. */
function readFolder(folder: string): Map<string, StaticFile> {
  const files = new Map<string, StaticFile>()
  let names: string[] = []
  try {
    names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  for (const name of names) {
    const type = contentTypes[extname(name)]
    if (type === undefined) continue
    const bytes = readFileSync(join(folder, name))
    const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 27)}"`
    files.set(`/${name.replaceAll('\\', '/')}`, { bytes, type, etag })
  }
  return files
}

/**
 * Serves the files of a folder, `/` being its index.html. They are read once, when the gateway starts: a path can only name
 * what was there then, so none leads out of the folder. Browsers ask again each time and mostly hear 304.
 */
export function staticFiles(folder: string): Middleware {
  const files = readFolder(folder)
  return async (ctx, next) => {
    const file = files.get(ctx.path === '/' ? '/index.html' : ctx.path)
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
