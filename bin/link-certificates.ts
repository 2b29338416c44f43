import { createPrivateKey, X509Certificate } from 'node:crypto'
import { certificateName, namesRole, type LinkTls } from '../cluster/index.ts'
import type { ProcessRole } from '../cluster/membership/port.ts'
import type { Problem } from '../protocol/codec.ts'

/** Files of a process's certificate, its key and the authorities it believes; absent ones were not given. */
export interface LinkFiles {
  readonly CLUSTER_TLS_CERT?: string | undefined
  readonly CLUSTER_TLS_KEY?: string | undefined
  readonly CLUSTER_TLS_CA?: string | undefined
}

const names = ['CLUSTER_TLS_CERT', 'CLUSTER_TLS_KEY', 'CLUSTER_TLS_CA'] as const

/**
 * The certificates of a process's links: null where none are set. Whatever would keep every link from coming about is a problem
 * here already: a file that is missing or is none, a key of another certificate, one that is over or is for another role.
 */
export function readLinkTls(
  files: LinkFiles,
  { role, nowMs, readFile }: { role: ProcessRole; nowMs: number; readFile: (path: string) => string },
): { readonly tls: LinkTls | null; readonly problems: readonly Problem[] } {
  if (names.every((name) => files[name] === undefined)) return { tls: null, problems: [] }
  const problems: Problem[] = []
  const text = (name: (typeof names)[number]): string => {
    const path = files[name]
    try {
      if (path !== undefined) return readFile(path)
      problems.push({ field: name, problem: `is required where another of ${names.join(', ')} is set` })
    } catch (error) {
      // The message of the system holds the path, and messages about settings hold no values.
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'no reason given'
      problems.push({ field: name, problem: `names a file that cannot be read (${code})` })
    }
    return ''
  }
  const tls: LinkTls = { cert: text('CLUSTER_TLS_CERT'), key: text('CLUSTER_TLS_KEY'), ca: text('CLUSTER_TLS_CA') }
  if (problems.length === 0) problems.push(...problemsOf(tls, role, nowMs))
  return { tls, problems }
}

function problemsOf({ cert, key, ca }: LinkTls, role: ProcessRole, nowMs: number): Problem[] {
  const found: Problem[] = []
  const certificate = certificateOf(cert)
  if (!certificate) found.push({ field: 'CLUSTER_TLS_CERT', problem: 'has to be a certificate in PEM' })
  if (!certificateOf(ca)) found.push({ field: 'CLUSTER_TLS_CA', problem: 'has to be certificates in PEM' })
  try {
    const privateKey = createPrivateKey(key)
    if (certificate && !certificate.checkPrivateKey(privateKey)) {
      found.push({ field: 'CLUSTER_TLS_KEY', problem: 'is not the key of CLUSTER_TLS_CERT' })
    }
  } catch {
    found.push({ field: 'CLUSTER_TLS_KEY', problem: 'has to be a private key in PEM, without a passphrase' })
  }
  if (!certificate) return found
  if (Date.parse(certificate.validTo) < nowMs) found.push({ field: 'CLUSTER_TLS_CERT', problem: 'is over' })
  if (!namesRole(certificate.subjectAltName ?? '', role)) {
    const wanted = `${certificateName} or ${role}.${certificateName}`
    found.push({ field: 'CLUSTER_TLS_CERT', problem: `has to carry the DNS name ${wanted}` })
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
