import { Type, type Static, type TSchema } from '@sinclair/typebox'
import type { ErrorCode } from '../errors.ts'

/** The budget that a call counts against; `none` is not limited by who calls. */
export type LimitClass = 'rest' | 'signaling' | 'quality' | 'positions' | 'none'

/**
 * One call of the REST interface as data: the gateway binds it to what it does, the router, the OpenAPI page and the matrix of
 * permissions are made of it, and a client may be.
 */
export interface Endpoint<
  Params extends TSchema = TSchema,
  Query extends TSchema = TSchema,
  Body extends TSchema = TSchema,
  Reply extends TSchema = TSchema,
> {
  /** Unique; the operation id of the OpenAPI page: `rooms.create`. */
  readonly name: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** With parameters in braces: `/api/v1/rooms/{roomId}`. */
  readonly path: string
  /** What it does, as a sentence without its full stop. */
  readonly summary: string
  /** `token`: a bearer token is needed. */
  readonly auth: 'token' | 'none'
  readonly limit: LimitClass
  readonly params?: Params
  /** A query has strings only. */
  readonly query?: Query
  /** No body at all is read as `{}`. */
  readonly body?: Body
  /** Status of the answer where all went well. */
  readonly status: 200 | 201 | 202 | 204
  /** Shape of that answer's body; absent for none. */
  readonly reply?: Reply
  /** Media types of that answer, where it is not JSON. */
  readonly media?: readonly string[]
  /** Other statuses under which the same body comes. */
  readonly also?: readonly number[]
  /** Refusals of its own, beside those that any call may meet. */
  readonly errors?: readonly ErrorCode[]
  /** As `docs/rest.md` shows it. */
  readonly example?: { readonly body?: Static<Body>; readonly reply?: Static<Reply> }
}

/** Keeps the schemas' own types. */
export const endpoint = <Params extends TSchema, Query extends TSchema, Body extends TSchema, Reply extends TSchema>(
  spec: Endpoint<Params, Query, Body, Reply>,
): Endpoint<Params, Query, Body, Reply> => spec

/** Any endpoint, where its schemas do not matter. */
export type AnyEndpoint = Endpoint

/** What a handler is given and gives, by endpoint. Where there is no schema there is `undefined`. */
export type ParamsOf<E extends AnyEndpoint> = Field<E, 'params'>
export type QueryOf<E extends AnyEndpoint> = Field<E, 'query'>
export type BodyOf<E extends AnyEndpoint> = Field<E, 'body'>
export type ReplyOf<E extends AnyEndpoint> = Field<E, 'reply'>

type Field<E extends AnyEndpoint, Name extends 'params' | 'query' | 'body' | 'reply'> =
  NonNullable<E[Name]> extends infer Schema extends TSchema
    ? TSchema extends Schema
      ? undefined
      : Static<Schema>
    : undefined

/** An answer that is a text, sent piece by piece as it is read; its handler says of which type. */
export const TextStream = Type.Unsafe<AsyncIterable<string>>({ type: 'string' })
