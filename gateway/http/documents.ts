import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { asyncApiOf } from '../../protocol/client/asyncapi.ts'
import { endpoints } from '../../protocol/http/endpoints.ts'
import { openApiOf } from '../../protocol/http/openapi.ts'
import { staticFile, type StaticFile, type StaticFiles } from './static-files.ts'

/** What of the library the reader at `/docs` needs. */
const readerFiles = ['swagger-ui.css', 'swagger-ui-bundle.js']

/**
 * The documents that follow from the schemas, `/openapi.json` and `/asyncapi.json`, and the library that shows the first one.
 * What is there in development only stands in neither.
 */
export function documents(wsPath: string): StaticFiles {
  const { resolve } = createRequire(import.meta.url)
  const files = new Map<string, StaticFile>()
  const put = (path: string, bytes: Buffer) => {
    const file = staticFile(path, bytes)
    if (file) files.set(path, file)
  }
  put('/openapi.json', asJson(openApiOf(endpoints)))
  put('/asyncapi.json', asJson(asyncApiOf(wsPath)))
  for (const name of readerFiles) put(`/docs/${name}`, readFileSync(resolve(`swagger-ui-dist/${name}`)))
  return files
}

const asJson = (document: unknown): Buffer => Buffer.from(JSON.stringify(document))
