import { request as requestHttp, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP } from 'node:net'
import type { Cancel, Clock, Timers } from '../../protocol/ports.ts'
import type { AddressRule } from './addresses.ts'
import type { Resolve } from './resolver.ts'
import { hostOf, type UrlProblem } from './url-rule.ts'

/** What went wrong where no answer came, or none that counts. */
export type SendError =
  | 'refused_address'
  | 'refused_url'
  | 'name_unknown'
  | 'connect_timeout'
  | 'timeout'
  | 'connection_failed'
  | 'tls_failed'
  | 'bad_answer'

export type SendResult =
  | { readonly status: number; readonly retryAfterMs: number | null }
  | { readonly status: null; readonly error: SendError }

export interface SenderDeps {
  readonly resolve: Resolve
  readonly isOpen: AddressRule
  readonly urlProblem: (url: string) => UrlProblem | null
  /** From the beginning to the end of the answer, ms. */
  readonly timeoutMs: number
  readonly clock: Pick<Clock, 'wallMs'>
  readonly timers: Timers
}

/** The connection, TLS included, has to be there by then, ms. */
const connectMs = 5_000
/** Of an answer so much is read; the connection of a longer one is cut. */
const answerMaxBytes = 65_536
/** A receiver that asks for patience is given this much at the most, ms. */
const retryAfterMaxMs = 3_600_000

/** Sends one message. Never rejects. */
export type Send = (url: string, headers: Readonly<Record<string, string>>, body: string) => Promise<SendResult>

/**
 * Posts to receivers that are strangers. The name is looked up anew each time, one closed address among those found refuses it, and the
 * connection goes to an address that was checked: a name that leads elsewhere a moment later leads nowhere. Redirects are an answer
 * like any other; no connection is used twice.
 */
export function webhookSender({ resolve, isOpen, urlProblem, timeoutMs, clock, timers }: SenderDeps): Send {
  async function addressesOf(host: string): Promise<readonly string[] | SendError> {
    const found = await resolve(host).catch(() => [])
    if (found.length === 0) return 'name_unknown'
    return found.every(isOpen) ? found : 'refused_address'
  }

  return async (text, headers, body) => {
    if (urlProblem(text) !== null) return failed('refused_url')
    const url = new URL(text)
    const attempt = new Attempt(timers, timeoutMs)
    const addresses = await attempt.before(addressesOf(hostOf(url)))
    if (typeof addresses === 'string') return attempt.end(failed(addresses))
    return attempt.post(url, addresses, { ...headers, 'content-length': String(Buffer.byteLength(body)) }, body, clock)
  }
}

const failed = (error: SendError): SendResult => ({ status: null, error })

/** One attempt, which comes to one result, whatever else is heard of it. */
class Attempt {
  readonly #timers: Timers
  readonly #cancels: Cancel[] = []
  #onOver: () => void = () => undefined

  constructor(timers: Timers, timeoutMs: number) {
    this.#timers = timers
    this.#cancels.push(timers.after(timeoutMs, () => this.#onOver()))
  }

  /** The value, or that time is up. */
  before<Value>(value: Promise<Value>): Promise<Value | 'timeout'> {
    return Promise.race([value, new Promise<'timeout'>((resolve) => (this.#onOver = () => resolve('timeout')))])
  }

  end(result: SendResult): SendResult {
    for (const cancel of this.#cancels) cancel()
    return result
  }

  post(
    url: URL,
    addresses: readonly string[],
    headers: Readonly<Record<string, string>>,
    body: string,
    clock: Pick<Clock, 'wallMs'>,
  ): Promise<SendResult> {
    return new Promise((resolve) => {
      const sending = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, optionsFor(addresses, headers))
      const end = (result: SendResult) => {
        resolve(this.end(result))
        sending.destroy()
      }
      this.#onOver = () => end(failed('timeout'))
      this.#connectsInTime(sending, url.protocol === 'https:' ? 'secureConnect' : 'connect', end)
      sending.on('error', (error: NodeJS.ErrnoException) => end(failed(errorOf(error))))
      sending.on('response', (answer) => read(answer, end, clock))
      sending.end(body)
    })
  }

  #connectsInTime(
    sending: ReturnType<typeof requestHttp>,
    connected: 'connect' | 'secureConnect',
    end: (result: SendResult) => void,
  ): void {
    const cancel = this.#timers.after(connectMs, () => end(failed('connect_timeout')))
    this.#cancels.push(cancel)
    sending.on('socket', (socket) => socket.once(connected, cancel))
  }
}

/** The name stays for TLS and for the `Host` header; the connection goes to one of the addresses, the first that takes it. */
const optionsFor = (addresses: readonly string[], headers: Readonly<Record<string, string>>): RequestOptions => ({
  method: 'POST',
  headers,
  agent: false,
  maxHeaderSize: 16_384,
  lookup: (_host, { all }, callback) => {
    const found = addresses.map((address) => ({ address, family: isIP(address) }))
    if (all) callback(null, found)
    else callback(null, found[0]?.address ?? '', found[0]?.family)
  },
})

/** The status counts, not what comes behind it; that is read to its end, or to the bound, and kept nowhere. */
function read(answer: IncomingMessage, end: (result: SendResult) => void, clock: Pick<Clock, 'wallMs'>): void {
  const status = answer.statusCode ?? 0
  const result: SendResult = { status, retryAfterMs: retryAfterMs(answer.headers['retry-after'], clock.wallMs()) }
  let bytes = 0
  answer.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > answerMaxBytes) end(result)
  })
  answer.on('end', () => end(result))
  answer.on('error', () => end(result))
}

function retryAfterMs(header: string | undefined, nowMs: number): number | null {
  if (header === undefined) return null
  const ms = /^\d{1,9}$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - nowMs
  return Number.isNaN(ms) || ms <= 0 ? null : Math.min(ms, retryAfterMaxMs)
}

function errorOf({ code = '' }: NodeJS.ErrnoException): SendError {
  if (code.startsWith('HPE_')) return 'bad_answer'
  return /CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO|ALTNAME/.test(code) ? 'tls_failed' : 'connection_failed'
}
