import { Type, type TSchema } from '@sinclair/typebox'
import { decoder, parseJsonBytes } from '../codec.ts'
import { UserId } from '../ids.ts'
import { Username } from '../room/values.ts'
import { list } from '../schema.ts'
import { strict, taggedUnion } from '../tagged-union.ts'
import type { BetweenRegions, ToGateway, ToRegion } from './link-messages.ts'
import { zoneSideMaxM } from './plan.ts'
import { stances, stepsPerMetre } from './rules.ts'

/*
 * The JSON of `link-messages.ts` and its bytes. What comes is checked whole: a datagram that is not one of these is refused, so behind the decoder nothing
 * has to be doubted but whether it is late.
 */

/** What is said of places at once, and of names. */
export const placesMax = 200
export const namesMax = 400

const u32 = Type.Integer({ minimum: 0, maximum: 0xffff_ffff })
const player = Type.Integer({ minimum: 1, maximum: 0xffff_ffff })
const region = Type.Integer({ minimum: 0, maximum: 0xffff })
const epoch = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
const ms = Type.Number({ minimum: 0, maximum: 1e9 })
const unixMs = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
const count = Type.Integer({ minimum: 0, maximum: 0xffff })
const sideMax = zoneSideMaxM * stepsPerMetre
const point = {
  x: Type.Integer({ minimum: 0, maximum: sideMax }),
  y: Type.Integer({ minimum: 0, maximum: sideMax }),
  z: Type.Integer({ minimum: -0x8000, maximum: 0x7fff }),
}
const place = { ...point, stance: Type.Integer({ minimum: 0, maximum: stances.length - 1 }) }
const Passage = strict({ epoch, out: u32, seq: u32 })
const name = { player, userId: UserId, name: Username }
const masks = { speakMask: u32, hearMask: u32 }
const ZonePlayer = strict({ ...name, party: u32, enteredAtMs: unixMs, ...masks })

/** Makes the branch of one type. */
const message = <const Type_ extends string>(type: Type_, fields: Record<string, TSchema> = {}) =>
  strict({ type: Type.Literal(type), ...fields })

const Names = message('names', { players: list(strict(name), { maxItems: namesMax }) })
const Signal = message('signal', { from: player, to: player, body: Type.Unknown() })

const toRegion = [
  message('adopt', { who: ZonePlayer, place: strict(place), passage: Passage }),
  message('fenced', { player, epoch }),
  message('gone', { player }),
  message('resync', { player }),
  message('changed', { who: ZonePlayer }),
  message('placed', { places: list(strict({ userId: UserId, ...place }), { maxItems: placesMax }) }),
  message('earshot_of', { ask: u32, userId: UserId }),
  message('show', { ask: u32, points: Type.Boolean() }),
] as const

const RegionMessage = taggedUnion('type', [
  message('prepare', { from: region, passage: Passage }),
  message('ready', { from: region, of: epoch, epoch }),
  message('commit', { from: region, passage: Passage }),
  message('committed', { from: region, epoch }),
  message('position', { seq: u32 }),
])
const Peer = strict({
  alias: Type.Integer({ minimum: 1, maximum: 255 }),
  player,
  slot: Type.Integer({ minimum: -1, maximum: 31 }),
})
const HandedPlayer = strict({
  who: ZonePlayer,
  place: strict(place),
  peers: list(Peer, { maxItems: 80 }),
  lastAlias: Type.Integer({ minimum: 0, maximum: 255 }),
  tether: Type.Optional(strict(point)),
})
const betweenRegions = [
  message('hand', {
    player,
    message: RegionMessage,
    record: Type.Optional(HandedPlayer),
    place: Type.Optional(strict(place)),
  }),
  message('load', { from: region, players: count, tickP95Ms: ms }),
  message('ghosts_again', { from: region }),
] as const

const Heard = strict({ userId: UserId, distanceM: Type.Number({ minimum: 0 }), isAudible: Type.Boolean() })
const Shown = strict({
  region,
  node: Type.String({ maxLength: 200 }),
  epoch,
  planVersion: Type.Integer({ minimum: 0 }),
  players: count,
  ghosts: count,
  tickMeanMs: ms,
  tickP95Ms: ms,
  rung: Type.Integer({ minimum: 0, maximum: 255 }),
  points: Type.Optional(list(Type.Integer({ minimum: 0, maximum: 0xffff }), { maxItems: 30_000 })),
})
const toGateway = [
  message('seated', { player, epoch, region, slot: u32, ...masks }),
  message('reroute', { player, region, epoch }),
  message('refused', { player, code: Type.String({ maxLength: 64 }) }),
  message('overload', { region, rung: Type.Integer({ minimum: 0, maximum: 255 }) }),
  message('earshot', {
    ask: u32,
    player: u32,
    earshot: list(Heard, { maxItems: 80 }),
  }),
  message('shown', { ask: u32, shard: Shown }),
  Names,
  Signal,
] as const

const checkToShard = decoder(taggedUnion('type', [...toRegion, ...betweenRegions, Names, Signal]))
const checkToGateway = decoder(taggedUnion('type', toGateway))

/** The first byte of all of them: what is not, is a binary frame. */
export const jsonByte = 0x7b

/** What a gateway or another region says to a region. Throws MALFORMED_JSON, UNKNOWN_FRAME or VALIDATION_FAILED. */
export const decodeToShard = (bytes: Uint8Array): ToRegion | BetweenRegions =>
  checkToShard(parseJsonBytes(bytes)) as unknown as ToRegion | BetweenRegions

/** What a region says to a gateway. Throws as `decodeToShard`. */
export const decodeToGateway = (bytes: Uint8Array): ToGateway =>
  checkToGateway(parseJsonBytes(bytes)) as unknown as ToGateway

const utf8 = new TextEncoder()

/** A message as a datagram has it. */
export const encodeLink = (said: ToRegion | BetweenRegions | ToGateway): Uint8Array => utf8.encode(JSON.stringify(said))
