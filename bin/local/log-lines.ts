import type { Colour, Paint } from './paint.ts'

/** Fields that every line of a process carries, or that stand elsewhere in the line for people. */
const shownElsewhere = new Set(['time', 'level', 'msg', 'process', 'role', 'pid', 'hostname'])
const longestValue = 200
const longestLine = 4_000
const stackLines = 8

// Values carry names that players chose: without this a name could move the cursor of the person reading.
// eslint-disable-next-line no-control-regex
const printable = (text: string): string => text.replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g, ' ')

const cut = (text: string, longest: number): string => (text.length > longest ? `${text.slice(0, longest)}…` : text)

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function parse(line: string): Readonly<Record<string, unknown>> | null {
  if (!line.startsWith('{')) return null
  try {
    const value: unknown = JSON.parse(line)
    return isRecord(value) && typeof value['msg'] === 'string' ? value : null
  } catch {
    return null
  }
}

function shown(value: unknown): string {
  if (isRecord(value) && typeof value['message'] === 'string') return shown(value['message'])
  const text = typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value)
  return cut(printable(text), longestValue)
}

const levels: Readonly<Record<string, readonly [Colour, string]>> = {
  debug: ['dim', 'debug '],
  warn: ['yellow', 'warn '],
  error: ['red', 'error '],
}

/**
 * One line of a process for people: a line of the logger becomes its time of day, the event and its fields, and an error's
 * stack stands below it; every other line stays as it is. Control characters become spaces, and what is long is cut.
 */
export function humanLines(line: string, paint: Paint): readonly string[] {
  const event = parse(line)
  if (event === null) return [cut(printable(line), longestLine)]
  const time = typeof event['time'] === 'string' ? (/T(\d\d:\d\d:\d\d)/.exec(event['time'])?.[1] ?? '') : ''
  const [colour, word] = levels[String(event['level'])] ?? ['bold', '']
  const fields = Object.entries(event).flatMap(([name, value]) =>
    shownElsewhere.has(name) ? [] : [`${printable(name)}=${shown(value)}`],
  )
  const parts: readonly (readonly [Colour, string])[] = [
    ['dim', time],
    [colour, printable(`${word}${String(event['msg'])}`)],
    // Cut before it is painted: half an escape code would paint what follows.
    ['dim', cut(fields.join(' '), longestLine)],
  ]
  const text = parts.flatMap(([each, part]) => (part === '' ? [] : [paint(each, part)])).join(' ')
  return [text, ...stackOf(event)]
}

function stackOf(event: Readonly<Record<string, unknown>>): readonly string[] {
  const error = event['err'] ?? event['error']
  if (!isRecord(error) || typeof error['stack'] !== 'string') return []
  // Its first lines repeat the message.
  const frames = error['stack'].split('\n').filter((line) => /^\s+at /.test(line))
  return frames.slice(0, stackLines).map((frame) => cut(printable(`    ${frame.trim()}`), longestLine))
}

const prefixColours: readonly Colour[] = ['cyan', 'green', 'magenta', 'blue', 'yellow']

/** Puts the name of who speaks before each line, as wide as the longest name, each role's in a colour of its own. */
export function prefixer(names: readonly string[], paint: Paint): (name: string, line: string) => string {
  const width = Math.max(0, ...names.map((name) => name.length))
  const kinds = [...new Set(names.map((name) => name.replace(/-\d+$/, '')))]
  return (name, line) => {
    const kind = kinds.indexOf(name.replace(/-\d+$/, ''))
    const colour = prefixColours[Math.max(0, kind) % prefixColours.length] ?? 'dim'
    return `${paint(colour, `${name.padEnd(width)} |`)} ${line}`
  }
}

/** Cuts a stream of chunks into lines. A line that never ends is handed out in pieces of 64 KiB. */
export class LineSplitter {
  readonly #take: (line: string) => void
  readonly #decoder = new TextDecoder()
  #rest = ''

  constructor(take: (line: string) => void) {
    this.#take = take
  }

  push(chunk: Uint8Array): void {
    const lines = (this.#rest + this.#decoder.decode(chunk, { stream: true })).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.#take(line.replace(/\r$/, ''))
    if (this.#rest.length > 65_536) this.end()
  }

  /** What came after the last line break. */
  end(): void {
    const rest = this.#rest
    this.#rest = ''
    if (rest !== '') this.#take(rest)
  }
}
