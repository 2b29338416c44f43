/** A host that takes connections. */
export interface RedisHost {
  readonly host: string
  readonly port: number
}

interface Login {
  readonly username: string | undefined
  readonly password: string | undefined
}

/**
 * What a Redis URL names: one server, the master that Sentinels watch under a name, or a Redis Cluster. `login` is for the
 * servers, `sentinelLogin` for the Sentinels, which have none unless the URL says so.
 */
export type RedisAddress =
  | { readonly kind: 'server'; readonly url: string; readonly hosts: readonly RedisHost[] }
  | {
      readonly kind: 'sentinel'
      readonly hosts: readonly RedisHost[]
      readonly master: string
      readonly database: number
      readonly isTls: boolean
      readonly login: Login
      readonly sentinelLogin: Login
    }
  | { readonly kind: 'cluster'; readonly hosts: readonly RedisHost[]; readonly isTls: boolean; readonly login: Login }

/** A Redis URL cannot be used. Its message completes "has to …" or "may …" and holds nothing of the URL: that may hold a password. */
export class RedisUrlError extends Error {
  constructor(problem: string) {
    super(problem)
    this.name = 'RedisUrlError'
  }
}

const shape = /^(rediss?)(?:\+(sentinel|cluster))?:\/\/(?:([^/?#]*)@)?([^/?#@]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/
const hostShape = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+))(?::(\d{1,5}))?$/
const hostsMax = 16

/**
 * Reads `redis://`, `redis+sentinel://` and `redis+cluster://` URLs, each with `rediss` for TLS. Throws RedisUrlError.
 *
 *     redis://[user:password@]host[:6379][/database]
 *     redis+sentinel://[user:password@]host[:26379],host[:26379]/master[/database][?sentinelUser=…&sentinelPassword=…]
 *     redis+cluster://[user:password@]host[:6379],host[:6379]
 */
export function parseRedisUrl(url: string): RedisAddress {
  const [, scheme, kind, userInfo, hostList = '', path = '', query] = shape.exec(url) ?? []
  if (scheme === undefined) {
    throw new RedisUrlError(
      'has to look like redis://host:6379, redis+sentinel://host:26379,host:26379/master or redis+cluster://host:6379,host:6379',
    )
  }
  const isTls = scheme === 'rediss'
  if (kind === undefined)
    return { kind: 'server', url, hosts: hostsOf(hostList === '' ? 'localhost' : hostList, 6_379, 1) }
  const login = loginOf(userInfo)
  if (kind === 'cluster') {
    if (path !== '' && path !== '0') throw new RedisUrlError('may name no database: a Redis Cluster has only the first')
    optionsOf(query, [])
    return { kind, hosts: hostsOf(hostList, 6_379, hostsMax), isTls, login }
  }
  const [master = '', database = '0', ...rest] = path.split('/')
  if (master === '') throw new RedisUrlError('has to name the master: redis+sentinel://host:26379,host:26379/master')
  if (rest.length > 0 || !/^\d{1,5}$/.test(database)) {
    throw new RedisUrlError('has to end in /master or /master/database, the database being a number')
  }
  const options = optionsOf(query, ['sentinelUser', 'sentinelPassword'])
  return {
    kind: 'sentinel',
    hosts: hostsOf(hostList, 26_379, hostsMax),
    master: decoded(master),
    database: Number(database),
    ...{ isTls, login },
    sentinelLogin: {
      username: options.get('sentinelUser') ?? undefined,
      password: options.get('sentinelPassword') ?? undefined,
    },
  }
}

/** What is wrong with a Redis URL, as the end of a sentence about it; null where nothing is. */
export function redisUrlProblem(url: string): string | null {
  try {
    parseRedisUrl(url)
    return null
  } catch (error) {
    if (error instanceof RedisUrlError) return error.message
    throw error
  }
}

function hostsOf(list: string, fallbackPort: number, most: number): readonly RedisHost[] {
  const hosts = list.split(',').map((entry) => {
    const [, v6, name, port] = hostShape.exec(entry.trim()) ?? []
    const host = v6 ?? name
    const number = port === undefined ? fallbackPort : Number(port)
    if (host === undefined || number < 1 || number > 65_535) {
      throw new RedisUrlError('has to name its hosts as host or host:port, with commas between them')
    }
    return { host, port: number }
  })
  if (hosts.length > most)
    throw new RedisUrlError(
      most === 1
        ? 'may name one host only, unless it is redis+sentinel:// or redis+cluster://'
        : `may name at most ${most} hosts`,
    )
  return hosts
}

function loginOf(userInfo: string | undefined): Login {
  const [username = '', ...rest] = (userInfo ?? '').split(':')
  const password = rest.join(':')
  return {
    username: username === '' ? undefined : decoded(username),
    password: password === '' ? undefined : decoded(password),
  }
}

function optionsOf(query: string | undefined, known: readonly string[]): URLSearchParams {
  const options = new URLSearchParams(query ?? '')
  for (const name of options.keys()) {
    if (known.includes(name)) continue
    throw new RedisUrlError(
      known.length === 0 ? 'may carry no options after ?' : `may carry no options but ${known.join(' and ')} after ?`,
    )
  }
  return options
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new RedisUrlError('has to write % in names and passwords as %25')
  }
}
