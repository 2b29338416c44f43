import type { Static, TSchema } from '@sinclair/typebox'
import { Ajv, type ErrorObject } from 'ajv'
import addFormatsModule from 'ajv-formats'
import { AppError } from './errors.ts'
import { isStorableJson, isStorableText } from './storable.ts'

// The package is CommonJS: under Node's ESM rules its function sits one `default` deeper than its types say.
const addFormats = addFormatsModule as unknown as typeof addFormatsModule.default

/** Ids are compared as text: the one spelling of a UUID is lower case without a prefix. */
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

function validator(allErrors: boolean): Ajv {
  const ajv = new Ajv({ strict: true, discriminator: true, allErrors, allowUnionTypes: true })
  addFormats(ajv)
  ajv.addFormat('uuid', uuid)
  ajv.addFormat('text', isStorableText)
  ajv.addKeyword({
    keyword: 'storable',
    schemaType: 'boolean',
    validate: (_: boolean, value: unknown) => isStorableJson(value),
    error: { message: 'holds a NUL, half a surrogate pair, or is nested over 16 deep' },
  })
  return ajv
}

const ajv = validator(false)

/** Turns an unknown value into a checked one, or throws VALIDATION_FAILED naming the field. */
export type Decoder<T> = (value: unknown) => T

/** The path of the field that failed, dotted; where one is missing or unknown, the path it would have. */
const fieldOf = ({ instancePath, params }: ErrorObject): string => {
  const named: unknown = params['missingProperty'] ?? params['additionalProperty'] ?? params['propertyName']
  const tag: unknown = params['error'] === 'tag' ? params['tag'] : undefined
  const path = instancePath.split('/').slice(1)
  const last = named ?? tag
  // Names come from the caller: cut, so that an answer never carries a megabyte back.
  return [...path, ...(typeof last === 'string' ? [last] : [])].join('.').slice(0, 200)
}

const describe = (error: ErrorObject | undefined) => ({
  field: error ? fieldOf(error) : '',
  problem: error?.message ?? 'does not fit',
})

/** Compiles a schema once. Call it when a module loads, not on a request's path. */
export function decoder<Schema extends TSchema>(schema: Schema): Decoder<Static<Schema>> {
  const check = ajv.compile<Static<Schema>>(schema)
  return (value) => {
    if (check(value)) return value
    const first = check.errors?.[0]
    if (first?.keyword === 'discriminator' && first.params['error'] === 'mapping') {
      throw new AppError('UNKNOWN_FRAME', { type: String(first.params['tagValue']).slice(0, 64) })
    }
    throw new AppError('VALIDATION_FAILED', describe(first))
  }
}

/** One thing that is wrong with a value. */
export interface Problem {
  /** Dotted path of the field. */
  readonly field: string
  readonly problem: string
}

/**
 * Finds everything that is wrong with a value, for answers to people who mend it in one go, such as a configuration.
 * Not for what comes from outside: the work grows with the number of problems.
 */
export function allProblems(schema: TSchema): (value: unknown) => readonly Problem[] {
  const validate = validator(true).compile(schema)
  return (value) => (validate(value) ? [] : (validate.errors ?? []).map(describe))
}

/**
 * A text without any of these cannot hold a forbidden key, plain or escaped. Asking each value for its key with a reviver
 * cost a quarter of a node's time under volatile commands.
 */
const mayHoldForbiddenKey = /proto|constructor|\\u/

const refuseForbidden = (key: string, value: unknown): unknown => {
  if (key === '__proto__' || key === 'constructor' || key === 'prototype') throw new SyntaxError('forbidden key')
  return value
}

/** Parses JSON text and refuses keys that reach into prototypes. Throws MALFORMED_JSON. */
export function parseJson(text: string): unknown {
  try {
    return mayHoldForbiddenKey.test(text) ? JSON.parse(text, refuseForbidden) : JSON.parse(text)
  } catch (cause) {
    throw new AppError('MALFORMED_JSON', undefined, { cause })
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Bytes to JSON. Throws MALFORMED_JSON, also for bytes that are not UTF-8. */
export function parseJsonBytes(bytes: ArrayBuffer | Uint8Array): unknown {
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch (cause) {
    throw new AppError('MALFORMED_JSON', undefined, { cause })
  }
  return parseJson(text)
}
