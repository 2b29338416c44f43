import { Type, type Static } from '@sinclair/typebox'
import { list, oneOf } from '../schema.ts'
import { strict } from '../tagged-union.ts'
import { endpoint } from './endpoint.ts'

/** While the loop turns. */
export const Health = strict({ status: Type.Literal('ok') })
export const Readiness = strict({ status: oneOf(['ready', 'not_ready']), reasons: list(Type.String()) })
export type Readiness = Static<typeof Readiness>

/** What the page has to know before it has a token. */
export const ClientConfig = strict({
  ws_port: Type.Integer(),
  ws_path: Type.String(),
  /** Whether `POST /dev/tokens` is there. */
  development: Type.Boolean(),
})
export type ClientConfig = Static<typeof ClientConfig>

export const readHealth = endpoint({
  name: 'operations.health',
  method: 'GET',
  path: '/health',
  summary: 'Tell that the process turns',
  auth: 'none',
  limit: 'none',
  status: 200,
  reply: Health,
})

/** Answers 503 with the same body where the process should get no traffic. */
export const readReadiness = endpoint({
  name: 'operations.ready',
  method: 'GET',
  path: '/health/ready',
  summary: 'Tell whether the process should get traffic',
  auth: 'none',
  limit: 'none',
  status: 200,
  also: [503],
  reply: Readiness,
})

export const readClientConfig = endpoint({
  name: 'operations.config',
  method: 'GET',
  path: '/config',
  summary: 'Tell a page where the socket is',
  auth: 'none',
  limit: 'none',
  status: 200,
  reply: ClientConfig,
})

export const operationsEndpoints = [readHealth, readReadiness, readClientConfig] as const
