import { createHmac } from 'node:crypto'

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A HS256 token made by hand, so that tests do not trust the code they test. Lives for an hour when not told otherwise. */
export function signTestToken(
  secret: string,
  user: string,
  roles: readonly string[] = [],
  claims: Record<string, unknown> = {},
): string {
  const nowS = Math.floor(Date.now() / 1_000)
  const payload = { sub: user, name: user, roles, iat: nowS, exp: nowS + 3_600, ...claims }
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(payload)}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}
