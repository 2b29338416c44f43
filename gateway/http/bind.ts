import { Readable } from 'node:stream'
import Router from '@koa/router'
import type { Middleware } from 'koa'
import type { TSchema } from '@sinclair/typebox'
import { decoder, type Decoder } from '../../protocol/codec.ts'
import type { AnyEndpoint, BodyOf, ParamsOf, QueryOf, ReplyOf } from '../../protocol/http/endpoint.ts'
import { bodyOf, callerOf, queryOf, type RequestContext, type RequestState } from './request.ts'
import type { Caller } from '../auth/index.ts'

/** A checked request, as its handler gets it. */
export interface Call<E extends AnyEndpoint> {
  readonly params: ParamsOf<E>
  readonly query: QueryOf<E>
  readonly body: BodyOf<E>
  /** Who calls. Only where the endpoint asks for a token: throws elsewhere. */
  readonly caller: Caller
  /** For headers and for ids that follow from the request; the answer's status and body come from what is returned. */
  readonly ctx: RequestContext
}

/** An endpoint with what is done for it. */
export interface Route {
  readonly endpoint: AnyEndpoint
  readonly handle: (ctx: RequestContext) => Promise<void>
}

/** Binds an endpoint to its handler: what comes in has been checked against the schemas, what goes out has their type. */
export function bind<E extends AnyEndpoint>(
  endpoint: E,
  handler: (call: Call<E>) => Promise<ReplyOf<E>> | ReplyOf<E>,
): Route {
  const run: (call: Call<E>) => unknown = handler
  const params = optional(endpoint.params)
  const query = optional(endpoint.query)
  const body = optional(endpoint.body)
  return {
    endpoint,
    handle: async (ctx) => {
      const call = {
        // In this order: a bad address is told before a bad body is read.
        params: params?.({ ...ctx.params }),
        query: query && queryOf(ctx, query),
        body: body && (await bodyOf(ctx, body)),
        get caller() {
          return callerOf(ctx)
        },
        ctx,
      }
      ctx.status = endpoint.status
      // A handler may set another status, such as that of a process that is not ready.
      const answer = (await run(call as unknown as Call<E>)) ?? null
      ctx.body = isStream(answer) ? Readable.from(answer) : answer
    },
  }
}

const isStream = (answer: unknown): answer is AsyncIterable<string> =>
  typeof answer === 'object' && answer !== null && Symbol.asyncIterator in answer

const optional = (schema: TSchema | undefined): Decoder<unknown> | undefined => schema && decoder(schema)

/** What stands in front of the handlers of a class of endpoints. */
export interface Pipelines {
  /** In front of every call that needs a token. */
  readonly authenticated: Middleware<RequestState>
  /** In front of the calls of an endpoint, behind authentication. */
  readonly limited: (endpoint: AnyEndpoint) => readonly Middleware<RequestState>[]
}

/** The router of a list of routes. */
export function routerOf(routes: readonly Route[], { authenticated, limited }: Pipelines): Router<RequestState> {
  const router = new Router<RequestState>()
  for (const { endpoint, handle } of routes) {
    const path = endpoint.path.replaceAll(/\{(\w+)\}/g, ':$1')
    const front = [...(endpoint.auth === 'token' ? [authenticated] : []), ...limited(endpoint)]
    router.register(path, [endpoint.method], [...front, (ctx: RequestContext) => handle(ctx)])
  }
  return router
}
