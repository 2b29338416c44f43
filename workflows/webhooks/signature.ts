import { createHmac } from 'node:crypto'

/** What is signed, and when it is sent. */
export interface Signed {
  readonly id: string
  /** Unix seconds. */
  readonly timestampS: number
  readonly body: string
}

const prefix = 'whsec_'

/** One signature by the Standard Webhooks specification, version 1: `v1,` and base64. `secret` is `whsec_` and base64. */
export function signature(secret: string, { id, timestampS, body }: Signed): string {
  if (!secret.startsWith(prefix)) throw new Error('a secret begins with whsec_')
  const key = Buffer.from(secret.slice(prefix.length), 'base64')
  return `v1,${createHmac('sha256', key).update(`${id}.${timestampS}.${body}`).digest('base64')}`
}

/** The three headers of the specification. With two secrets there are two signatures: a receiver goes by the one that it knows. */
export const signatureHeaders = (secrets: readonly string[], signed: Signed): Readonly<Record<string, string>> => ({
  'webhook-id': signed.id,
  'webhook-timestamp': String(signed.timestampS),
  'webhook-signature': secrets.map((secret) => signature(secret, signed)).join(' '),
})
