import type { NewRevocation, Revocation, RevokedTokens } from './port.ts'

/** Revoked tokens in memory, for tests. */
export class MemoryRevokedTokens implements RevokedTokens {
  readonly #all: Revocation[] = []

  revoke({ kind, value, issuedBeforeMs, untilMs }: NewRevocation): Promise<Revocation> {
    const revocation = { no: this.#all.length + 1, kind, value, issuedBeforeMs, untilMs }
    this.#all.push(revocation)
    return Promise.resolve(revocation)
  }

  above(no: number, nowMs: number, limit: number): Promise<readonly Revocation[]> {
    return Promise.resolve(this.#all.filter((each) => each.no > no && each.untilMs > nowMs).slice(0, limit))
  }
}
