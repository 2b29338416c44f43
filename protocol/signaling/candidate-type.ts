/** Where an ICE candidate's address comes from: the machine itself, a STUN server, the other peer, or a TURN server. */
export type CandidateType = 'host' | 'srflx' | 'prflx' | 'relay'

const typeField = /(?:^| )typ (host|srflx|prflx|relay)(?: |$)/

/** The `typ` of a candidate line (RFC 8839, section 5.1); null where it names none that is known, as in an empty line. */
export const candidateTypeOf = (line: string | undefined): CandidateType | null =>
  line === undefined ? null : ((typeField.exec(line)?.[1] as CandidateType | undefined) ?? null)
