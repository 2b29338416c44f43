import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findExecutable } from '../../bin/local/executable.ts'
import type { ServerTls } from '../../gateway/index.ts'
import type { LinkTls } from '../../cluster/transport/tls-sockets.ts'

/** A certificate authority of a test's own, made by openssl. */
export class CertificateAuthority {
  /** Its certificate, in PEM. */
  readonly pem: string
  readonly #folder = mkdtempSync(join(tmpdir(), 'vr-ca-'))
  #made = 0

  constructor(name = 'test') {
    this.#openssl(
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
      ...['-subj', `/CN=${name}`, '-keyout', 'ca.key', '-out', 'ca.pem'],
    )
    this.pem = this.#read('ca.pem')
  }

  /** A certificate that names these hosts. `days` may be negative: then it is over. */
  issue(
    names: readonly string[],
    { days = 2, believes = this.pem }: { days?: number; believes?: string } = {},
  ): LinkTls {
    this.#made += 1
    const file = (end: string) => `${this.#made}.${end}`
    writeFileSync(join(this.#folder, file('ext')), `subjectAltName=${names.map((name) => `DNS:${name}`).join()}\n`)
    this.#openssl(
      ...['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=process'],
      ...['-keyout', file('key'), '-out', file('csr')],
    )
    this.#openssl(
      ...['x509', '-req', '-in', file('csr'), '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'],
      ...['-days', String(days), '-extfile', file('ext'), '-out', file('pem')],
    )
    return { cert: this.#read(file('pem')), key: this.#read(file('key')), ca: believes }
  }

  /** Files of a certificate, as the settings of a process that has it. They go with the authority. */
  settingsOf({ cert, key, ca }: LinkTls): Record<string, string> {
    this.#made += 1
    return {
      CLUSTER_TLS_CERT: this.#write('pem', cert),
      CLUSTER_TLS_KEY: this.#write('key', key),
      CLUSTER_TLS_CA: this.#write('ca.pem', ca),
    }
  }

  /** A certificate that clients see, with its files. They go with the authority. */
  serverTls({ cert, key }: LinkTls): ServerTls {
    this.#made += 1
    return { cert, key, certFile: this.#write('pem', cert), keyFile: this.#write('key', key) }
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #write(end: string, text: string): string {
    const path = join(this.#folder, `${this.#made}.own.${end}`)
    writeFileSync(path, text, { mode: 0o600 })
    return path
  }

  #read(name: string): string {
    return readFileSync(join(this.#folder, name), 'utf8')
  }

  #openssl(...words: string[]): void {
    const program = findExecutable(['openssl'])
    if (program === null) throw new Error('there is no openssl on PATH, which makes the certificates of this test')
    execFileSync(program, words, { cwd: this.#folder, stdio: 'pipe', timeout: 20_000 })
  }
}
