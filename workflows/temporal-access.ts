/** Where Temporal is, and how this process may speak to it. */
export interface TemporalAccess {
  /** host:port */
  readonly address: string
  readonly namespace: string
  /** Sent as a bearer token. */
  readonly apiKey?: string | undefined
  /** Null or absent: in the clear. */
  readonly tls?: TemporalTls | null | undefined
}

/** TLS to Temporal, all in PEM. */
export interface TemporalTls {
  /** Whose certificates are believed; the system's authorities where it is absent. */
  readonly ca?: string
  /** What this process shows, where the server asks for it. Both or none. */
  readonly cert?: string
  readonly key?: string
}

/** The part that clients and workers connect with alike. */
export const connectionOptions = ({ address, apiKey, tls }: TemporalAccess) => ({
  address,
  tls: tls ? tlsOptions(tls) : false,
  ...(apiKey === undefined ? {} : { apiKey }),
})

const tlsOptions = ({ ca, cert, key }: TemporalTls) => ({
  ...(ca === undefined ? {} : { serverRootCACertificate: Buffer.from(ca) }),
  ...(cert === undefined || key === undefined
    ? {}
    : { clientCertPair: { crt: Buffer.from(cert), key: Buffer.from(key) } }),
})

/** A call to Temporal is given up after so many ms. */
export const callDeadlineMs = 2_000
