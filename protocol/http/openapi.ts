import type { TSchema } from '@sinclair/typebox'
import { errorRow, type ErrorCode } from '../errors.ts'
import { namedShapes } from '../named-shapes.ts'
import { NamedSchemas, published, type JsonSchema } from '../published-schema.ts'
import { errorsOfCall, takesIdempotencyKey } from './call-errors.ts'
import type { AnyEndpoint } from './endpoint.ts'
import { IdempotencyKey, interfaceVersion, maxBodyBytes, requestIdPattern } from './headers.ts'

type Json = Readonly<Record<string, unknown>>

/** The REST interface as an OpenAPI 3.1 document, made of the same endpoints that are served. */
export function openApiOf(endpoints: readonly AnyEndpoint[]): Json {
  const schemas = new NamedSchemas(namedShapes)
  const paths: Record<string, Record<string, Json>> = {}
  for (const endpoint of endpoints) {
    const path = (paths[endpoint.path] ??= {})
    path[endpoint.method.toLowerCase()] = operationOf(endpoint, schemas)
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Voice rooms',
      version: interfaceVersion,
      description:
        'Rooms, seats, moderation and signaling over REST. What happens in a room is told over the socket: `/asyncapi.json`.',
    },
    servers: [{ url: '/' }],
    tags: [...new Set(endpoints.map(tagOf))].map((name) => ({ name })),
    paths,
    components: {
      schemas: schemas.components(),
      parameters: { IdempotencyKey: idempotencyKey, RequestId: requestId },
      headers: { RequestId: requestIdHeader, RetryAfter: retryAfter, ...limitHeaders },
      securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  }
}

/** `rooms` of `rooms.create`. */
const tagOf = ({ name }: AnyEndpoint): string => name.slice(0, name.indexOf('.'))

function operationOf(endpoint: AnyEndpoint, schemas: NamedSchemas): Json {
  const { name, summary, auth, params, query, body, example } = endpoint
  return {
    operationId: name,
    summary,
    tags: [tagOf(endpoint)],
    security: auth === 'token' ? [{ token: [] }] : [],
    parameters: [
      ...parametersOf('path', params),
      ...parametersOf('query', query),
      { $ref: '#/components/parameters/RequestId' },
      ...(takesIdempotencyKey(endpoint) ? [{ $ref: '#/components/parameters/IdempotencyKey' }] : []),
    ],
    ...(body ? { requestBody: requestBodyOf(body, schemas, example?.body) } : {}),
    responses: responsesOf(endpoint, schemas),
  }
}

function parametersOf(place: 'path' | 'query', schema: TSchema | undefined): readonly Json[] {
  if (!schema) return []
  const { properties = {}, required = [] } = published(schema, 'asked') as {
    properties?: Readonly<Record<string, JsonSchema>>
    required?: readonly string[]
  }
  return Object.entries(properties).map(([name, shape]) => ({
    name,
    in: place,
    required: required.includes(name),
    schema: shape,
  }))
}

/** A body of which every field may be left out may be left out itself. */
const requestBodyOf = (body: TSchema, schemas: NamedSchemas, example: unknown): Json => ({
  description: `At most ${maxBodyBytes} bytes, without fields that are not named here.`,
  required: ((body['required'] ?? []) as readonly string[]).length > 0 || body['minProperties'] !== undefined,
  content: jsonOf(schemas.refer(body, 'asked'), example),
})

const jsonOf = (schema: JsonSchema, example?: unknown): Json => ({
  'application/json': { schema, ...(example === undefined ? {} : { example }) },
})

const contentOf = (schema: JsonSchema, media: readonly string[] | undefined, example: unknown): Json =>
  media ? Object.fromEntries(media.map((type) => [type, { schema }])) : jsonOf(schema, example)

const requestIdRef = { 'X-Request-Id': { $ref: '#/components/headers/RequestId' } }
const limitNames = ['Limit', 'Remaining', 'Reset'] as const
const limitRefs = Object.fromEntries(
  limitNames.map((name) => [`RateLimit-${name}`, { $ref: `#/components/headers/RateLimit${name}` }]),
)

function responsesOf(endpoint: AnyEndpoint, schemas: NamedSchemas): Json {
  const { status, also = [], summary, reply, media, example } = endpoint
  const good = {
    description: summary,
    headers: { ...requestIdRef, ...(endpoint.limit === 'none' ? {} : limitRefs) },
    ...(reply ? { content: contentOf(schemas.refer(reply, 'told'), media, example?.reply) } : {}),
  }
  const codes = errorsOfCall(endpoint)
  const refused = new Set(codes.map((code) => errorRow(code).http))
  const under = (http: number) => codes.filter((code) => errorRow(code).http === http)
  return Object.fromEntries([
    ...Array.from(refused, (http) => [http, refusalOf(http, under(http), schemas)] as const),
    ...[status, ...also].map((each) => [each, good] as const),
  ])
}

function refusalOf(http: number, codes: readonly ErrorCode[], schemas: NamedSchemas): Json {
  const error = schemas.refer(namedShapes['Error'] as TSchema, 'told')
  return {
    description: codes.map((code) => `\`${code}\`: ${errorRow(code).publicText}`).join('\n\n'),
    headers: {
      ...requestIdRef,
      ...(http === 429 || http === 503 ? { 'Retry-After': { $ref: '#/components/headers/RetryAfter' } } : {}),
    },
    content: jsonOf({
      type: 'object',
      required: ['error'],
      properties: { error: { allOf: [error, { properties: { code: { enum: codes } } }] } },
    }),
  }
}

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  description: "Chosen by the caller: a repeated call is answered with the first one's outcome, also after a crash.",
  schema: published(IdempotencyKey, 'asked'),
}

const requestId = {
  name: 'X-Request-Id',
  in: 'header',
  description: 'Kept where it fits; any other is replaced by one of ours.',
  schema: { type: 'string', pattern: requestIdPattern.source },
}

const requestIdHeader = {
  description: 'The id under which this call stands in the log.',
  schema: { type: 'string' },
}

const retryAfter = {
  description: 'Seconds after which the same call may be sent again.',
  schema: { type: 'integer', minimum: 1 },
}

const limitHeaders = {
  RateLimitLimit: { description: 'Points of the budget of which least is left.', schema: { type: 'integer' } },
  RateLimitRemaining: { description: 'Points of it that are left.', schema: { type: 'integer' } },
  RateLimitReset: { description: 'Seconds until all of them are there again.', schema: { type: 'integer' } },
}
