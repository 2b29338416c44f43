import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { ServerTls } from '../gateway/index.ts'
import type { Problem } from '../protocol/codec.ts'
import type { Cancel, Logger, Timers } from '../protocol/ports.ts'

/** Files of the certificate that clients see; absent ones were not given. */
export interface ServerFiles {
  readonly TLS_CERT_FILE?: string | undefined
  readonly TLS_KEY_FILE?: string | undefined
}

export interface ServerTlsSources {
  readonly nowMs: number
  readonly readFile: (path: string) => string
}

/**
 * The certificate that REST and sockets are served under: null where none is set. What would keep every client away is a
 * problem here already. Half a pair is one for whoever looks at the settings together.
 */
export function readServerTls(
  { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile }: ServerFiles,
  { nowMs, readFile }: ServerTlsSources,
): { readonly tls: ServerTls | null; readonly problems: readonly Problem[] } {
  if (certFile === undefined || keyFile === undefined) return { tls: null, problems: [] }
  const problems: Problem[] = []
  const text = (field: keyof ServerFiles, path: string): string => {
    try {
      return readFile(path)
    } catch (error) {
      // The message of the system holds the path, and messages about settings hold no values.
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'no reason given'
      problems.push({ field, problem: `names a file that cannot be read (${code})` })
      return ''
    }
  }
  const pair = { cert: text('TLS_CERT_FILE', certFile), key: text('TLS_KEY_FILE', keyFile) }
  if (problems.length === 0) problems.push(...problemsOf(pair, nowMs))
  return { tls: { certFile, keyFile, ...pair }, problems }
}

function problemsOf({ cert, key }: { readonly cert: string; readonly key: string }, nowMs: number): Problem[] {
  const found: Problem[] = []
  let certificate: X509Certificate | null = null
  try {
    certificate = new X509Certificate(cert)
    if (Date.parse(certificate.validTo) < nowMs) found.push({ field: 'TLS_CERT_FILE', problem: 'is over' })
  } catch {
    found.push({ field: 'TLS_CERT_FILE', problem: 'has to be a certificate in PEM' })
  }
  try {
    const privateKey = createPrivateKey(key)
    if (certificate?.checkPrivateKey(privateKey) === false) {
      found.push({ field: 'TLS_KEY_FILE', problem: 'is not the key of TLS_CERT_FILE' })
    }
  } catch {
    found.push({ field: 'TLS_KEY_FILE', problem: 'has to be a private key in PEM, without a passphrase' })
  }
  return found
}

/** How often the files are looked at, ms. Notices of the file system do not come through every kind of mount. */
const lookEveryMs = 10_000

export interface CertificateWatchDeps {
  readonly sources: () => ServerTlsSources
  readonly timers: Timers
  readonly logger: Logger
}

/**
 * Calls `renewed` whenever the files hold another certificate that can be used. One that cannot be is a line of the log, once;
 * the old one stays.
 */
export function watchServerTls(
  first: ServerTls,
  renewed: (tls: ServerTls) => void,
  deps: CertificateWatchDeps,
): Cancel {
  const { sources, timers, logger } = deps
  let last = `${first.cert}${first.key}`
  return timers.every(lookEveryMs, () => {
    const { tls, problems } = readServerTls({ TLS_CERT_FILE: first.certFile, TLS_KEY_FILE: first.keyFile }, sources())
    if (!tls || `${tls.cert}${tls.key}` === last) return
    last = `${tls.cert}${tls.key}`
    if (problems.length > 0) logger.error({ problems }, 'tls.not_renewed')
    else {
      renewed(tls)
      logger.info({}, 'tls.renewed')
    }
  })
}
