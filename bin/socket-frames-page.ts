import type { TObject, TSchema } from '@sinclair/typebox'
import { typeOf } from '../protocol/client/asyncapi.ts'
import { clientFrames, maxFrameBytes, serverFrames } from '../protocol/client/frames.ts'
import { replyValues } from '../protocol/client/reply-values.ts'
import { namedShapes } from '../protocol/named-shapes.ts'
import { NamedSchemas, type JsonSchema } from '../protocol/published-schema.ts'
import type { DocComments } from './doc-comments.ts'

/** A frame's schema with the doc comments of the constant that holds it. */
export interface NamedFrame {
  readonly constant: string
  readonly comments: DocComments
}

type Fields = Readonly<Record<string, JsonSchema>>

const linkTo = (ref: string): string => {
  const name = ref.slice(ref.lastIndexOf('/') + 1)
  return `[${name}](#${name.toLowerCase()})`
}

/** Bounds are numbers. */
const range = (low: unknown, high: unknown, of: string): string => {
  const [least, most] = [low, high] as readonly (number | undefined)[]
  if (least === undefined && most === undefined) return ''
  if (most === undefined) return `, from ${least}${of}`
  return least === undefined ? `, up to ${most}${of}` : `, ${least} to ${most}${of}`
}

/** A type in few words. */
function wordsFor(schema: JsonSchema): string {
  const { $ref, const: value, enum: words, anyOf, format, pattern } = schema
  if (typeof $ref === 'string') return linkTo($ref)
  if (value !== undefined) return `\`${JSON.stringify(value)}\``
  const kinds = [(schema['type'] ?? []) as string | readonly string[]].flat()
  const orNull = kinds.length > 1 && kinds.includes('null') ? ', or null' : ''
  if (Array.isArray(words)) return `${words.map((word) => `\`${String(word)}\``).join(', ')}${orNull}`
  if (Array.isArray(anyOf)) return (anyOf as JsonSchema[]).map(wordsFor).join(' or ')
  switch (kinds.find((kind) => kind !== 'null')) {
    case 'string':
      if (format === 'uuid') return `UUID${orNull}`
      if (format === 'date-time') return `time${orNull}`
      if (typeof pattern === 'string') return `text like \`${pattern}\`${orNull}`
      return `text${range(schema['minLength'], schema['maxLength'], ' characters')}${orNull}`
    case 'integer':
    case 'number':
      return `${kinds[0] ?? ''}${range(schema['minimum'], schema['maximum'], '')}${orNull}`
    case 'array':
      return `list of ${wordsFor((schema['items'] ?? {}) as JsonSchema)}${orNull}`
    case undefined:
      return orNull === '' && kinds[0] === 'null' ? 'null' : 'anything'
    default:
      return kinds[0] === 'null' ? 'null' : `${kinds[0]}${orNull}`
  }
}

const cell = (text: string): string => text.replaceAll('|', '\\|')

const table = (heading: readonly string[], rows: readonly (readonly string[])[]): string =>
  [heading, heading.map(() => '---'), ...rows].map((cells) => `| ${cells.map(cell).join(' | ')} |`).join('\n')

/** Fields of an object and of the objects inside it, dotted. */
function fieldRows(schema: JsonSchema, says: (field: string) => string, above = ''): string[][] {
  const required = (schema['required'] ?? []) as readonly string[]
  return Object.entries((schema['properties'] ?? {}) as Fields).flatMap(([name, field]) => {
    const path = `${above}${name}`
    const row = [`\`${path}\``, required.includes(name) ? 'yes' : '', wordsFor(field), says(path)]
    return [row, ...fieldRows(field, says, `${path}.`)]
  })
}

function tableOf(schema: JsonSchema, says: (field: string) => string): string {
  const rows = fieldRows(schema, says)
  if (rows.length === 0) return `${wordsFor(schema)}.`.replace(/^\w/, (letter) => letter.toUpperCase())
  const silent = rows.every((row) => row[3] === '')
  const heading = ['field', 'always there', 'type', 'meaning'].slice(0, silent ? 3 : 4)
  return table(
    heading,
    rows.map((row) => row.slice(0, heading.length)),
  )
}

/** A shape is an object, or one of several that a `type` tells apart. */
function shapeText(schema: JsonSchema): string {
  const branches = schema['oneOf'] as readonly JsonSchema[] | undefined
  return (branches ?? [schema]).map((each) => tableOf(each, () => '')).join('\n\n')
}

/** The page `docs/socket-frames.md`: every frame and field, from the schemas by which they are checked. */
export function drawSocketFrames(findComments: (frame: TSchema) => NamedFrame): string {
  const schemas = new NamedSchemas(namedShapes)
  const frameText = (frame: TObject, direction: 'asked' | 'told') => {
    const { constant, comments } = findComments(frame)
    const about = comments.of(constant)
    const fields = tableOf(schemas.refer(frame, direction), (field) => comments.ofField(constant, field))
    return [`### ${typeOf(frame)}`, ...(about === '' ? [] : [about]), fields].join('\n\n')
  }
  const replies = Object.entries(replyValues).map(([type, value]) => {
    const schema = schemas.refer(value, 'told')
    return `### reply to ${type}\n\n${'$ref' in schema ? `A ${wordsFor(schema)}.` : tableOf(schema, () => '')}`
  })
  const sent = clientFrames.map((frame) => frameText(frame, 'asked'))
  const heard = serverFrames.map((frame) => frameText(frame, 'told'))
  const shapes = Object.entries(schemas.components()).map(([name, schema]) => `### ${name}\n\n${shapeText(schema)}`)
  return `# Frames of the socket, field by field

<!-- Made by \`npm run docs:frames\` from protocol/client/. -->

[socket.md](socket.md) is the guide, and has an example of each frame. This page lists what a frame may hold. \`/asyncapi.json\` of
a gateway says the same as data. What you send takes no other field and has at most ${maxFrameBytes} bytes; what you hear may hold
more in later versions. Times are ISO 8601 in UTC.

## Frames you send

${sent.join('\n\n')}

## Frames you hear

${heard.join('\n\n')}

## Values of replies

The \`value\` of a \`reply\`, by the command that it answers.

${replies.join('\n\n')}

## Shapes

${shapes.join('\n\n')}
`
}
