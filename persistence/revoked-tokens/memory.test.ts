import { MemoryRevokedTokens } from './memory.ts'
import { revokedTokensContract } from './revoked-tokens.contract.ts'

revokedTokensContract('revoked tokens in memory', () =>
  Promise.resolve({ revoked: new MemoryRevokedTokens(), close: () => Promise.resolve() }),
)
