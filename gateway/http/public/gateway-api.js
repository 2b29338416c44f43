// @ts-check

/** A REST call that was refused; `message` is for people, `details` holds facts. */
export class ApiError extends Error {
  /**
   * @param {number} status
   * @param {string} code
   * @param {string} message
   * @param {Record<string, unknown>} [details]
   */
  constructor(status, code, message, details = {}) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.code = code
    this.details = details
  }
}

/**
 * Where the socket is, and whether the gateway gives tokens to guests. A gateway behind a proxy that hides its `/config`
 * is taken to listen on the next port.
 * @param {Location | URL} page The page's own address; `?ws=` in it names another socket of the same host.
 * @returns {Promise<{ wsUrl: string, development: boolean }>}
 */
export async function readConfig(page) {
  const secure = page.protocol === 'https:'
  const config = await call('GET', '/config').catch(() => ({}))
  const port = Number(config.ws_port ?? Number(page.port || (secure ? 443 : 80)) + 1)
  const own = `${secure ? 'wss' : 'ws'}://${page.hostname}:${port}${config.ws_path ?? '/ws'}`
  return { wsUrl: namedSocket(page) ?? own, development: config.development === true }
}

/**
 * A link may lead to another gateway of this host, and never to another host: whoever opens it sends a token there.
 * @param {Location | URL} page
 */
function namedSocket(page) {
  const named = new URLSearchParams(page.search).get('ws') ?? ''
  return URL.canParse(named) && new URL(named).hostname === page.hostname ? named : null
}

/**
 * A token for a guest of this name; the gateway has this in development only, and for its own machine.
 * @param {string} name
 * @returns {Promise<{ token: string, user_id: string }>}
 */
export const guestToken = (name) => call('POST', '/dev/tokens', { body: { name } })

/**
 * Makes a room. Tried three times under one key, so that a lost answer does not make two rooms.
 * @param {string} token
 * @param {{ name: string, room_type?: string, is_private?: boolean, password?: string }} room
 * @returns {Promise<{ room_id: string, name: string }>}
 */
export async function createRoom(token, room) {
  const key = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0'))
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call('POST', '/api/v1/rooms', { token, body: room, idempotencyKey: key.join('') })
    } catch (error) {
      const mayPass = !(error instanceof ApiError) || error.status >= 500
      if (attempt === 3 || !mayPass) throw error
      await new Promise((resolve) => setTimeout(resolve, 400 * attempt))
    }
  }
}

/**
 * Takes what an invite offers; `join` comes behind it.
 * @param {string} token
 * @param {string} invite Its token.
 * @returns {Promise<{ room_id: string, role: string }>}
 */
export const acceptInvite = (token, invite) => call('POST', `/api/v1/invites/${invite}/accept`, { token, body: {} })

/**
 * The rooms that are linked to that one.
 * @param {string} token
 * @param {string} roomId
 * @returns {Promise<{ rooms: { room_id: string, name: string }[] }>}
 */
export const linkedRooms = (token, roomId) =>
  call('GET', `/api/v1/rooms?status=active&limit=15&parent_room_id=${roomId}`, { token })

/**
 * @param {string} token
 * @param {string} roomId
 * @returns {Promise<{ invites: import('../../../protocol/room/invites.ts').InviteView[] }>}
 */
export const listInvites = (token, roomId) => call('GET', `/api/v1/rooms/${roomId}/invites`, { token })

/**
 * @param {string} token
 * @param {string} roomId
 * @param {string} inviteId
 */
export const revokeInvite = (token, roomId, inviteId) =>
  call('DELETE', `/api/v1/rooms/${roomId}/invites/${inviteId}`, { token })

/**
 * @param {string} token
 * @param {string} roomId
 * @param {object} changes Fields of docs/rest.md.
 */
export const updateRoom = (token, roomId, changes) => call('PATCH', `/api/v1/rooms/${roomId}`, { token, body: changes })

/**
 * Open zones, newest first.
 * @param {string} token
 * @param {string | null} cursor Of the page before; null for the first one.
 * @returns {Promise<{ zones: import('../../../protocol/zone/view.ts').ZoneView[], next_cursor: string | null }>}
 */
export const listZones = (token, cursor) =>
  call('GET', `/api/v1/zones?status=open&limit=100${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`, {
    token,
  })

/**
 * What regions of a zone say of themselves, with where everybody is.
 * @param {string} token
 * @param {string} zoneId
 * @returns {Promise<import('../../../protocol/http/zones.ts').ShardsBody>}
 */
export const readShards = (token, zoneId) =>
  call('GET', `/api/v1/zones/${encodeURIComponent(zoneId)}/shards?points=true`, { token })

/**
 * @param {string} token
 * @param {string} zoneId
 * @returns {Promise<import('../../../protocol/zone/view.ts').ZoneView>}
 */
export const readZone = (token, zoneId) => call('GET', `/api/v1/zones/${encodeURIComponent(zoneId)}`, { token })

/**
 * @param {string} method
 * @param {string} path
 * @param {{ token?: string, body?: object, idempotencyKey?: string }} [options]
 * @returns {Promise<any>}
 */
async function call(method, path, { token, body, idempotencyKey } = {}) {
  const response = await fetch(path, {
    method,
    signal: AbortSignal.timeout(10_000),
    headers: {
      ...(body ? { 'content-type': 'application/json' } : {}),
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(idempotencyKey ? { 'idempotency-key': idempotencyKey } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  const answer = await response.json().catch(() => null)
  if (response.ok) return answer
  const { code = 'INTERNAL', message = `The gateway answered ${response.status}.`, details } = answer?.error ?? {}
  throw new ApiError(response.status, code, message, details)
}
