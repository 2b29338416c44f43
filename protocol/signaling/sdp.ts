import { reads, tokenChar } from './rules.ts'
import { attributes, audioMedia, lineValues } from './sdp-lines.ts'

/** What of a description is bounded beside its length. Beyond them it is refused. */
export const sdpBounds = { lines: 256, lineLength: 512, media: 8, candidates: 64 } as const

/** Why a description was refused; `line` counts from 1. */
export interface SdpProblem {
  readonly line: number
  readonly reason: string
}

/** A description that may be passed on. */
export interface SdpRead {
  /** Without the lines that nobody has to understand: the very text that came where there are none. */
  readonly sdp: string
  /** How many were left out. */
  readonly omitted: number
}

type Section = 'session' | 'media'

/** Lines in the order of RFC 8866; `b` and `a` may come again. */
const order: Readonly<Record<Section, string>> = { session: 'voscbta', media: 'mcba' }
const skippable = 'cba'

const lineEnd = '\r\n'

/**
 * Reads a description of audio and nothing else, as browsers make them. Every line has to fit its own grammar to its last
 * character, so no half of an end of line is left within one; an attribute of an unknown name is left out of what is passed on.
 * Nothing of the text is in what a problem says.
 */
export function readSdp(text: string): SdpRead | SdpProblem {
  const reader = new SdpReader(text)
  const problem = reader.read()
  return problem ?? { sdp: reader.kept(), omitted: reader.omitted.length / 2 }
}

class SdpReader {
  /** Where lines that are left out begin and end, one after the other. */
  readonly omitted: number[] = []
  readonly #text: string
  #line = 0
  #section: Section = 'session'
  /** Place in the order of the section of the line before. */
  #rank = -1
  #media = 0
  #candidates = 0
  #hasUfrag = false
  #hasPassword = false
  #hasFingerprint = false
  /** A media section that is not turned down needs credentials. */
  #isWanted = false

  constructor(text: string) {
    this.#text = text
  }

  read(): SdpProblem | null {
    let at = 0
    while (at < this.#text.length) {
      this.#line += 1
      if (this.#line > sdpBounds.lines) return this.#problem('there are too many lines')
      const end = this.#text.indexOf(lineEnd, at)
      if (end < 0) return this.#problem('the line has no end')
      if (end - at > sdpBounds.lineLength) return this.#problem('the line is too long')
      const reason = this.#readLine(at, end)
      if (reason !== null) return this.#problem(reason)
      at = end + lineEnd.length
    }
    return this.#whole()
  }

  kept(): string {
    if (this.omitted.length === 0) return this.#text
    let kept = ''
    let from = 0
    for (let index = 0; index < this.omitted.length; index += 2) {
      kept += this.#text.slice(from, this.omitted[index])
      from = this.omitted[index + 1] ?? 0
    }
    return kept + this.#text.slice(from)
  }

  #problem(reason: string): SdpProblem {
    return { line: this.#line, reason }
  }

  #readLine(at: number, end: number): string | null {
    const type = this.#text[at] ?? ''
    if (end - at < 3 || this.#text[at + 1] !== '=') return 'it is not a letter, = and a value'
    const disorder = this.#place(type)
    if (disorder !== null) return disorder
    if (type === 'm') return this.#readMedia(at + 2, end)
    if (type === 'a') return this.#readAttribute(at, end)
    return reads(lineValues[type as keyof typeof lineValues], this.#text, at + 2, end)
      ? null
      : `the value of ${type}= is odd`
  }

  #place(type: string): string | null {
    if (type === 'm') {
      // Of the lines of a session only these need not be there.
      if (this.#section === 'session' && this.#rank < order.session.indexOf('t')) return 'a line before it is missing'
      this.#section = 'media'
      this.#rank = 0
      return null
    }
    const ranks = order[this.#section]
    const rank = ranks.indexOf(type)
    if (rank < 0) return 'no description of audio has such a line'
    if (rank < this.#rank || (rank === this.#rank && type !== 'a' && type !== 'b')) return 'it is out of order'
    for (let skipped = this.#rank + 1; skipped < rank; skipped += 1) {
      if (!skippable.includes(ranks[skipped] ?? '')) return 'a line before it is missing'
    }
    this.#rank = rank
    return null
  }

  #readMedia(at: number, end: number): string | null {
    this.#media += 1
    if (this.#media > sdpBounds.media) return 'there are too many media'
    if (!this.#text.startsWith('audio ', at)) return 'the media is not audio'
    if (!reads(audioMedia, this.#text, at + 6, end)) return 'the value of m= is odd'
    if (!this.#text.startsWith('0 ', at + 6)) this.#isWanted = true
    return null
  }

  #readAttribute(from: number, end: number): string | null {
    const at = from + 2
    let colon = at
    while (colon < end && tokenChar[this.#text.charCodeAt(colon)] === 1) colon += 1
    const name = this.#text.slice(at, colon)
    if (name === '' || name.length > 64) return 'the attribute has no name'
    const hasValue = colon < end
    if (hasValue && this.#text[colon] !== ':') return 'the attribute has an odd name'
    const row = attributes.get(name)
    if (!row) {
      this.omitted.push(from, end + lineEnd.length)
      return null
    }
    if (row.at !== 'both' && row.at !== this.#section) return `a=${name} has no place here`
    const fits = row.value ? hasValue && reads(row.value, this.#text, colon + 1, end) : !hasValue
    if (!fits) return `the value of a=${name} is odd`
    return this.#count(name)
  }

  #count(name: string): string | null {
    if (name === 'candidate') {
      this.#candidates += 1
      if (this.#candidates > sdpBounds.candidates) return 'there are too many candidates'
    } else if (name === 'ice-ufrag') this.#hasUfrag = true
    else if (name === 'ice-pwd') this.#hasPassword = true
    else if (name === 'fingerprint') this.#hasFingerprint = true
    return null
  }

  /** What a description as a whole has to have. */
  #whole(): SdpProblem | null {
    if (this.#media === 0) return this.#problem('there is no media')
    if (!this.#isWanted) return null
    if (!this.#hasUfrag || !this.#hasPassword) return this.#problem('a=ice-ufrag or a=ice-pwd is missing')
    return this.#hasFingerprint ? null : this.#problem('a=fingerprint is missing')
  }
}
