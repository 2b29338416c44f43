/*
 * What goes on in a room with `ice_policy: relay`: candidates of TURN servers, and no address of anybody's own. Takes what was
 * checked before (`checked-signal.ts`), so it looks for what the grammar says is there.
 */

/** A description, or a candidate, without what gives an address away; `dropped` candidates were left out. */
export interface Relayed {
  /** Null: nothing is left. */
  readonly text: string | null
  readonly dropped: number
}

const typeField = ' typ '
const relay = 'relay'

/**
 * The candidate without its related address, which is where its owner is seen from outside; null where it is not one of a
 * TURN server.
 */
export function relayedCandidate(candidate: string): string | null {
  // Extensions stand behind the type, so the first one is it.
  const behind = candidate.indexOf(typeField) + typeField.length
  if (!candidate.startsWith(relay, behind)) return null
  const head = candidate.slice(0, behind + relay.length)
  const rest = candidate.slice(head.length).split(' ')
  if (rest[1] !== 'raddr') return candidate
  const isSix = head.split(' ')[4]?.includes(':') ?? false
  const extensions = rest.slice(rest[3] === 'rport' ? 5 : 3)
  return [`${head} raddr ${isSix ? '::' : '0.0.0.0'} rport 0`, ...extensions].join(' ')
}

/** One candidate. An empty one ends a round and goes on. */
export function relayedOnly(candidate: string): Relayed {
  if (candidate === '') return { text: candidate, dropped: 0 }
  const text = relayedCandidate(candidate)
  return { text, dropped: text === null ? 1 : 0 }
}

/** A description: its candidates, and every address and port that stands elsewhere, which nothing but ICE would use. */
export function relayedDescription(sdp: string): Relayed & { readonly text: string } {
  let dropped = 0
  const lines: string[] = []
  for (const line of sdp.split('\r\n')) {
    if (line.startsWith('a=candidate:')) {
      const candidate = relayedCandidate(line)
      if (candidate === null) dropped += 1
      else lines.push(candidate)
    } else if (line.startsWith('c=')) lines.push('c=IN IP4 0.0.0.0')
    else if (line.startsWith('a=rtcp:')) lines.push('a=rtcp:9 IN IP4 0.0.0.0')
    else if (line.startsWith('o=')) lines.push([...line.split(' ').slice(0, 3), 'IN IP4 0.0.0.0'].join(' '))
    else if (line.startsWith('m=audio ') && !line.startsWith('m=audio 0 ')) {
      lines.push(['m=audio 9', ...line.split(' ').slice(2)].join(' '))
    } else if (!line.startsWith('a=remote-candidates:')) lines.push(line)
  }
  return { text: lines.join('\r\n'), dropped }
}
