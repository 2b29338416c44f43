import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Type, type Static, type TSchema } from '@sinclair/typebox'
import { decoder, parseJson } from '../protocol/codec.ts'
import type { ConfigSources } from './config.ts'

/** `npm start` writes it while the system runs; fields that roomctl has no use for are left alone. */
const RunState = Type.Object({
  databaseUrl: Type.String(),
  redisUrl: Type.String(),
  keyPrefix: Type.Optional(Type.String()),
  temporalAddress: Type.Optional(Type.Union([Type.String(), Type.Null()])),
})
/** `npm start` makes them once for this checkout. */
const LocalSecrets = Type.Object({ jwtSecret: Type.String(), clusterSecret: Type.String() })

const decodeState = decoder(RunState)
const decodeSecrets = decoder(LocalSecrets)

function readIfThere<Schema extends TSchema>(
  path: string,
  decode: (value: unknown) => Static<Schema>,
): Static<Schema> | null {
  let source: string
  try {
    source = readFileSync(path, 'utf8')
  } catch {
    return null
  }
  try {
    return decode(parseJson(source))
  } catch (cause) {
    throw new Error(`${path} is not what npm start writes`, { cause })
  }
}

const stateOf = (dataFolder: string) => readIfThere<typeof RunState>(join(dataFolder, 'run', 'state.json'), decodeState)
const secretsOf = (dataFolder: string) =>
  readIfThere<typeof LocalSecrets>(join(dataFolder, 'secrets.json'), decodeSecrets)

/** The settings of the system that `npm start` runs from this checkout, as variables; empty when it does not run. */
export function localSettings(dataFolder: string): Readonly<Record<string, string>> {
  const state = stateOf(dataFolder)
  const secrets = secretsOf(dataFolder)
  return {
    ...(state ? { VOICE_ENV: 'development', DATABASE_URL: state.databaseUrl, REDIS_URL: state.redisUrl } : {}),
    ...(state?.keyPrefix === undefined ? {} : { VOICE_KEY_PREFIX: state.keyPrefix }),
    ...(state?.temporalAddress == null ? {} : { TEMPORAL_ADDRESS: state.temporalAddress }),
    ...(secrets ? { CLUSTER_SECRET: secrets.clusterSecret } : {}),
  }
}

/** What `roomctl token` may sign with, or why it may not. */
export type DevelopmentSecret = { readonly secret: string } | { readonly refused: string }

/** The secret of development, never one of production: there, tokens come from the game's own issuer. */
export function developmentSecret(env: ConfigSources['env'], dataFolder: string): DevelopmentSecret {
  const given = env['JWT_SECRET'] ?? ''
  const mode = env['VOICE_ENV'] ?? ''
  if (mode !== '' && mode !== 'development') return { refused: 'VOICE_ENV is not development' }
  if (given !== '') {
    return mode === 'development'
      ? { secret: given }
      : { refused: 'JWT_SECRET is set, and VOICE_ENV does not say that it is one of development' }
  }
  const secrets = secretsOf(dataFolder)
  return secrets
    ? { secret: secrets.jwtSecret }
    : { refused: 'there is no secret of development here: run `npm start` once, or set VOICE_ENV and JWT_SECRET' }
}
