/** Where Temporal is, and how this process may speak to it. */
export interface TemporalAccess {
  /** host:port */
  readonly address: string
  readonly namespace: string
  /** Sent as a bearer token. Implies TLS unless `tls` says otherwise. */
  readonly apiKey?: string | undefined
  readonly tls?: boolean | undefined
}

/** The part that clients and workers connect with alike. An API key never travels in the clear unless that is asked for. */
export const connectionOptions = ({ address, apiKey, tls }: TemporalAccess) => ({
  address,
  tls: tls ?? apiKey !== undefined,
  ...(apiKey === undefined ? {} : { apiKey }),
})

/** A call to Temporal is given up after so many ms. */
export const callDeadlineMs = 2_000
