import { Type, type Static } from '@sinclair/typebox'

/** `Idempotency-Key`: 8-100 printable ASCII characters. */
export const IdempotencyKey = Type.String({ pattern: '^[ -~]{8,100}$' })
export type IdempotencyKey = Static<typeof IdempotencyKey>

/** `X-Request-Id` as we honour it; any other is replaced by our own. */
export const requestIdPattern = /^[A-Za-z0-9_.:-]{8,64}$/

/** Headers of a request may not be larger, names and values together. Bytes. */
export const maxHeaderBytes = 16 * 1024

/** A REST body may not be larger. Bytes. */
export const maxBodyBytes = 64 * 1024

/** Version of the interface under `/api/v1`, over REST and over the socket: minor versions add, none takes away. */
export const interfaceVersion = '1.0.0'
