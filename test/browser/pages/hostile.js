// @ts-check

/** @typedef {typeof import('../../../gateway/http/public/peer-link.js')} PeerLinkModule */
/** @typedef {import('../../../gateway/http/public/peer-link.js').PeerLink} PeerLink */

/*
 * A client that means ill: it takes a seat, opens its microphone, links with everybody and sends; from then on it heeds
 * nothing it is told. No mute closes its microphone, no end of its seat its connections.
 */

/**
 * @param {{ ws: string, token: string, roomId: string }} options
 * @returns {Promise<{ sessionId: string, request: (frame: object) => Promise<any>, offerAgain: (toUser: string) => Promise<any>,
 *   states: () => string[] }>} `request` answers with the reply or the error.
 */
export async function intrude({ ws, token, roomId }) {
  // From the gateway, whose page this module is put into.
  const { PeerLink } = /** @type {PeerLinkModule} */ (await import(/** @type {string} */ ('/peer-link.js')))
  const microphone = await navigator.mediaDevices.getUserMedia({ audio: true })
  const socket = new WebSocket(ws)
  /** @type {Map<number, (answer: any) => void>} */
  const waiting = new Map()
  /** @type {Map<string, PeerLink>} */
  const links = new Map()
  let lastId = 0
  let sessionId = ''

  const request = (/** @type {object} */ frame) => {
    lastId += 1
    const id = lastId
    const answer = new Promise((resolve) => waiting.set(id, resolve))
    socket.send(JSON.stringify({ ...frame, id, room_id: roomId }))
    return answer
  }
  const link = (/** @type {string} */ user, /** @type {string} */ session) => {
    const known = links.get(session)
    if (known) return known
    const made = new PeerLink({
      polite: sessionId < session,
      ice: () => ({ iceServers: [] }),
      audio: () => null,
      send: (message) => void request({ type: 'signal', to_user: user, ...message }),
      onState: () => undefined,
      onAudio: () => undefined,
    })
    made.speakWith(microphone, true)
    links.set(session, made)
    return made
  }
  socket.addEventListener('message', ({ data }) => {
    const frame = JSON.parse(String(data))
    if (frame.type === 'reply' || frame.type === 'error') waiting.get(frame.id)?.(frame)
    if (frame.type === 'signal') void link(frame.from_user, frame.from_session).receive(frame)
  })

  await new Promise((resolve) => socket.addEventListener('open', resolve))
  socket.send(JSON.stringify({ type: 'hello', token }))
  const joined = await request({ type: 'join' })
  sessionId = joined.value.session_id
  for (const { session_id: session, user_id: user } of joined.value.snapshot.participants) {
    if (session !== sessionId) link(user, session)
  }
  return {
    sessionId,
    request,
    offerAgain: async (toUser) => {
      const pc = new RTCPeerConnection()
      pc.addTrack(/** @type {MediaStreamTrack} */ (microphone.getAudioTracks()[0]), microphone)
      await pc.setLocalDescription()
      return request({ type: 'signal', to_user: toUser, message_type: 'offer', sdp: pc.localDescription?.sdp })
    },
    states: () => Array.from(links.values(), ({ state }) => state),
  }
}
