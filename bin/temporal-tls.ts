import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { Problem } from '../protocol/codec.ts'
import type { TemporalTls } from '../workflows/index.ts'

/** How the way to Temporal is secured; absent settings were not given. */
export interface TemporalTlsSettings {
  readonly TEMPORAL_TLS?: 'auto' | 'on' | 'off' | undefined
  readonly TEMPORAL_API_KEY?: string | undefined
  readonly TEMPORAL_TLS_CA?: string | undefined
  readonly TEMPORAL_TLS_CERT?: string | undefined
  readonly TEMPORAL_TLS_KEY?: string | undefined
}

const fileNames = ['TEMPORAL_TLS_CA', 'TEMPORAL_TLS_CERT', 'TEMPORAL_TLS_KEY'] as const

/**
 * TLS to Temporal: null for none. On where it is asked for, and by itself where there is an API key, which never travels in the clear
 * unless that is said, or one of the files. What would keep every call from coming about is a problem here already.
 */
export function readTemporalTls(
  given: TemporalTlsSettings,
  readFile: (path: string) => string,
): { readonly tls: TemporalTls | null; readonly problems: readonly Problem[] } {
  const { TEMPORAL_TLS: wish = 'auto', TEMPORAL_API_KEY: apiKey } = given
  const named = fileNames.filter((name) => given[name] !== undefined)
  if (wish === 'off') {
    const problem = 'stands beside TEMPORAL_TLS=off'
    return { tls: null, problems: named.map((field) => ({ field, problem })) }
  }
  if (wish === 'auto' && apiKey === undefined && named.length === 0) return { tls: null, problems: [] }
  const problems: Problem[] = []
  const text = (field: (typeof fileNames)[number]): string | undefined => {
    const path = given[field]
    if (path === undefined) return undefined
    try {
      return readFile(path)
    } catch (error) {
      // The message of the system holds the path, and messages about settings hold no values.
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'no reason given'
      problems.push({ field, problem: `names a file that cannot be read (${code})` })
      return undefined
    }
  }
  const [ca, cert, key] = [text('TEMPORAL_TLS_CA'), text('TEMPORAL_TLS_CERT'), text('TEMPORAL_TLS_KEY')]
  if (problems.length === 0) problems.push(...problemsOf({ ca, cert, key }))
  const pair = cert !== undefined && key !== undefined ? { cert, key } : {}
  return { tls: { ...(ca === undefined ? {} : { ca }), ...pair }, problems }
}

type Texts = Readonly<Record<'ca' | 'cert' | 'key', string | undefined>>

function problemsOf({ ca, cert, key }: Texts): Problem[] {
  const found: Problem[] = []
  if (ca !== undefined && !certificateOf(ca)) {
    found.push({ field: 'TEMPORAL_TLS_CA', problem: 'has to be certificates in PEM' })
  }
  if (cert === undefined && key === undefined) return found
  if (cert === undefined) return [...found, { field: 'TEMPORAL_TLS_CERT', problem: 'is required beside its key' }]
  if (key === undefined) return [...found, { field: 'TEMPORAL_TLS_KEY', problem: 'is required beside its certificate' }]
  const certificate = certificateOf(cert)
  if (!certificate) found.push({ field: 'TEMPORAL_TLS_CERT', problem: 'has to be a certificate in PEM' })
  try {
    if (certificate?.checkPrivateKey(createPrivateKey(key)) === false) {
      found.push({ field: 'TEMPORAL_TLS_KEY', problem: 'is not the key of TEMPORAL_TLS_CERT' })
    }
  } catch {
    found.push({ field: 'TEMPORAL_TLS_KEY', problem: 'has to be a private key in PEM, without a passphrase' })
  }
  return found
}

function certificateOf(pem: string): X509Certificate | null {
  try {
    return new X509Certificate(pem)
  } catch {
    return null
  }
}
