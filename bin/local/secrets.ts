import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { Type, type Static } from '@sinclair/typebox'
import { decoder, parseJson } from '../../protocol/codec.ts'
import { Unavailable } from './service.ts'

const KeptSecrets = Type.Object({
  jwtSecret: Type.String({ minLength: 32 }),
  clusterSecret: Type.String({ minLength: 32 }),
  redisPassword: Type.Optional(Type.String({ minLength: 16 })),
  webhookKey: Type.Optional(Type.String({ minLength: 32 })),
})

/** Secrets of this checkout, for this machine alone. They are never printed. */
export type LocalSecrets = Required<Static<typeof KeptSecrets>>

const decode = decoder(KeptSecrets)

/** In URLs and in the settings of Redis without quoting. */
const random = (bytes: number): string => randomBytes(bytes).toString('base64url')

function readIfThere(file: string): Static<typeof KeptSecrets> | null {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw new Unavailable(`${file} cannot be read.`, { cause: error })
  }
  try {
    return decode(parseJson(text))
  } catch (cause) {
    // Made anew in silence, it would end every token that was given out.
    throw new Unavailable(`${file} is not what npm start writes. Remove it, and the next start makes new secrets.`, {
      cause,
    })
  }
}

/**
 * The secrets in the file, for its owner's eyes only. Made at the first call, the same ever after, so that tokens outlive a
 * start. Throws Unavailable for a file that is something else.
 */
export function localSecrets(file: string): LocalSecrets {
  const kept = readIfThere(file)
  const secrets: LocalSecrets = {
    ...{ jwtSecret: random(48), clusterSecret: random(48), redisPassword: random(24), webhookKey: random(48) },
    ...kept,
  }
  if (kept?.redisPassword === undefined || kept.webhookKey === undefined) {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(`${file}.new`, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 })
    renameSync(`${file}.new`, file)
  }
  chmodSync(file, 0o600)
  return secrets
}
