import type { TObject, TSchema } from '@sinclair/typebox'
import { interfaceVersion } from '../http/headers.ts'
import { namedShapes } from '../named-shapes.ts'
import { NamedSchemas, type Direction } from '../published-schema.ts'
import { strict } from '../tagged-union.ts'
import {
  clientFrames,
  ErrorFrame,
  maxFrameBytes,
  PongFrame,
  ReauthenticatedFrame,
  ReplyFrame,
  serverFrames,
  WelcomeFrame,
} from './frames.ts'
import { replyValues } from './reply-values.ts'

type Json = Readonly<Record<string, unknown>>

/** The `type` of a frame's schema. */
export const typeOf = ({ properties }: TObject): string => String(properties['type']?.['const'])

/** What answers a frame, beside an `error`; null where nothing does. */
const ownAnswers: Readonly<Record<string, TObject>> = {
  hello: WelcomeFrame,
  reauth: ReauthenticatedFrame,
  ping: PongFrame,
}

/** A frame under the name that it has in the document. */
interface Message {
  readonly name: string
  readonly schema: TObject
  readonly direction: Direction
}

const asked = (frame: TObject): Message => ({ name: `client.${typeOf(frame)}`, schema: frame, direction: 'asked' })
const told = (frame: TObject): Message => ({ name: `server.${typeOf(frame)}`, schema: frame, direction: 'told' })

/** The `reply` to a command, with the `value` that this command has. */
const replyTo = (type: string, value: TSchema): Message => ({
  name: `server.reply.${type}`,
  schema: strict({ ...ReplyFrame.properties, value }),
  direction: 'told',
})

function answerTo(frame: TObject): Message | null {
  const type = typeOf(frame)
  const own = ownAnswers[type]
  if (own) return told(own)
  const value = (replyValues as Readonly<Record<string, TSchema>>)[type]
  return value ? replyTo(type, value) : null
}

const ref = (path: string): Json => ({ $ref: `#/${path}` })
const onChannel = ({ name }: Message): Json => ref(`channels/socket/messages/${name}`)

/** The socket's protocol as an AsyncAPI 3.0 document, made of the schemas by which frames are checked. */
export function asyncApiOf(wsPath: string): Json {
  const schemas = new NamedSchemas(namedShapes)
  const answers = clientFrames.map(answerTo).filter((message) => message !== null)
  const messages = new Map(
    [...clientFrames.map(asked), ...serverFrames.map(told), ...answers].map(
      (message) => [message.name, message] as const,
    ),
  )
  const described = Array.from(messages, ([name, message]) => [name, messageOf(message, schemas)] as const)
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Voice rooms: the socket',
      version: interfaceVersion,
      description: `One JSON object a text message, at most ${maxFrameBytes} bytes from a client. \`docs/socket.md\` is the guide.`,
    },
    defaultContentType: 'application/json',
    servers: {
      gateway: {
        host: '{host}',
        pathname: wsPath,
        protocol: 'wss',
        description: '`GET /config` of a gateway tells its port and path.',
        variables: { host: { default: 'localhost:8081' } },
      },
    },
    channels: {
      socket: {
        address: wsPath,
        description: 'One socket carries all rooms of a client.',
        messages: Object.fromEntries(Array.from(messages.keys(), (name) => [name, ref(`components/messages/${name}`)])),
      },
    },
    operations: Object.fromEntries([...clientFrames.map(received), ...serverFrames.map(sent)]),
    components: { messages: Object.fromEntries(described), schemas: schemas.components() },
  }
}

const messageOf = ({ name, schema, direction }: Message, schemas: NamedSchemas): Json => ({
  name,
  title: typeOf(schema),
  payload: schemas.refer(schema, direction),
})

/** From where the gateway stands: it receives what a client sends. */
function received(frame: TObject): readonly [string, Json] {
  const answer = answerTo(frame)
  const operation = {
    action: 'receive',
    channel: ref('channels/socket'),
    messages: [onChannel(asked(frame))],
    ...(answer
      ? { reply: { channel: ref('channels/socket'), messages: [onChannel(answer), onChannel(told(ErrorFrame))] } }
      : {}),
  }
  return [asked(frame).name, operation]
}

const sent = (frame: TObject): readonly [string, Json] => [
  told(frame).name,
  { action: 'send', channel: ref('channels/socket'), messages: [onChannel(told(frame))] },
]
