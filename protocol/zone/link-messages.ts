import type { UserId } from '../ids.ts'
import type { GatewayMessage, Passage, RegionMessage } from './fence.ts'

/*
 * What gateways and regions of a zone say to each other in datagrams between processes: any of them may be lost, doubled or late,
 * and whoever needs an answer asks again. Positions, ghosts and what clients are told go in binary frames (`frames.ts`); the rest is
 * JSON, told from them by its first byte.
 *
 * A gateway repeats what may have been lost: `adopt` each second until frames of the player come and a slot is known, so whoever owns the player
 * already answers `seated` again; `changed` until `seated` comes with the masks that it told; `gone` for each record of a player whom it does not carry; `resync` until a resync frame comes, and a
 * client is told nothing else of a player in between. Numbers of frames (`out`) count records that were sent, without gaps.
 */

/*
 * The region's side of a gateway is the session by which it is attached to the region's actor: `attach` of `shard-commands.ts` names the gateway's
 * number, which stands in the upper 12 bits of its players' numbers, so a region finds a player's gateway by the player's number.
 */

/** Who a player is, and how they sound. Told once, and with every hand-off. */
export interface ZonePlayer {
  /** The zone's number for them: the gateway's number in its upper 12 bits, so that no two gateways give the same. */
  readonly player: number
  readonly userId: UserId
  readonly name: string
  /** Members of a party keep their places before everyone else. 0 for none. */
  readonly party: number
  /** When they entered by the clock of their gateway, Unix ms: of two entries of one user the later one stays. */
  readonly enteredAtMs: number
  /** Who shares a bit of `hearMask` with it hears them. 1 for everybody; 0: a moderator has muted, or deafened, them. */
  readonly speakMask: number
  readonly hearMask: number
}

/** Where somebody is, in steps of 1/16 m from the zone's corner, and how loud they mean to be. */
export interface ZonePlace {
  readonly x: number
  readonly y: number
  readonly z: number
  /** Place in `stances`. */
  readonly stance: number
}

/** Who players are. */
export interface PlayersNamed {
  readonly type: 'names'
  readonly players: readonly Pick<ZonePlayer, 'player' | 'userId' | 'name'>[]
}

/** A WebRTC message of one player to another; `body` is a signal of the signaling grammar. */
export interface PassedSignal {
  readonly type: 'signal'
  readonly from: number
  readonly to: number
  readonly body: unknown
}

/** From a gateway to a region. */
export type ToRegion =
  /**
   * Have this player: somebody who enters, or of whom the gateway hears nothing (`passage` as its fence has it; all 0 for who enters).
   * Sent again every second until `frames` of the player come.
   */
  | { readonly type: 'adopt'; readonly who: ZonePlayer; readonly place: ZonePlace; readonly passage: Passage }
  | { readonly type: 'fenced'; readonly player: number; readonly epoch: number }
  /** They left the zone, or their socket closed for good. Whoever enters gets another number, so this is the last word on this one. */
  | { readonly type: 'gone'; readonly player: number }
  /** The client has lost the thread, or the gateway missed a frame: tell it everything. */
  | { readonly type: 'resync'; readonly player: number }
  /** What is known of them changed: a moderator's word. Sent again until a `seated` says so. */
  | { readonly type: 'changed'; readonly who: ZonePlayer }
  /** By the game's server: where players are. */
  | { readonly type: 'placed'; readonly places: readonly (ZonePlace & { readonly userId: UserId })[] }
  /** For a peer in earshot, of which the region knows the gateway. */
  | PassedSignal
  /** Who has whom in earshot: answered by `earshot` with the same `ask`, a u32 that has the gateway's number in its upper 12 bits. */
  | { readonly type: 'earshot_of'; readonly ask: number; readonly userId: UserId }
  /** Load and borders, for operators, and where everybody is if `points`: answered by `shown` with the same `ask`, made in the same way. */
  | { readonly type: 'show'; readonly ask: number; readonly points: boolean }

/** From a region to a gateway, of one of its players. */
export type ToGateway =
  /**
   * They are in the region's columns: positions name this slot (`Batch`: its holder's turn in the upper 16 bits). `epoch` is the player's; that
   * of the region, which a batch names, is the one under which this comes. The masks are those by which the region goes: where they are not the player's, it
   * has missed a `changed`.
   */
  | {
      readonly type: 'seated'
      readonly player: number
      readonly epoch: number
      readonly region: number
      readonly slot: number
      readonly speakMask: number
      readonly hearMask: number
    }
  | ({ readonly player: number } & Extract<GatewayMessage, { type: 'reroute' }>)
  /**
   * `ZONE_FULL` and the like: they are not in the region, and the gateway need not ask again. `REPLACED`: the same user came later under another
   * number, and this one is out.
   */
  | { readonly type: 'refused'; readonly player: number; readonly code: string }
  /** Who they are that its players have newly in earshot: once for each gateway and life of the region. */
  | PlayersNamed
  | PassedSignal
  /** The region does less, or all again: a rung of the ladder, 0 for none. */
  | { readonly type: 'overload'; readonly region: number; readonly rung: number }
  /** `player` 0: nobody of that name listens here; no answer is none. */
  | {
      readonly type: 'earshot'
      readonly ask: number
      readonly player: number
      readonly earshot: readonly { readonly userId: UserId; readonly distanceM: number; readonly isAudible: boolean }[]
    }
  | { readonly type: 'shown'; readonly ask: number; readonly shard: ShardShown }

/** From one region to another. */
export type BetweenRegions =
  /** About one player: the record goes with `commit`, and where they say that they are with a `position` that is sent on. */
  | {
      readonly type: 'hand'
      readonly player: number
      readonly message: RegionMessage
      readonly record?: HandedPlayer
      readonly place?: ZonePlace
    }
  /** What a region costs, once a second, for the one that it could be merged with. */
  | { readonly type: 'load'; readonly from: number; readonly players: number; readonly tickP95Ms: number }
  /** A frame of ghosts is missing: send all. */
  | { readonly type: 'ghosts_again'; readonly from: number }
  | PlayersNamed
  /** For a peer who is a ghost here and a player there. */
  | PassedSignal

/** All that the next owner has to know. */
export interface HandedPlayer {
  readonly who: ZonePlayer
  readonly place: ZonePlace
  /** Peers in earshot, by alias, with their media slot (-1 for none), so that the client hears of no enter and no leave. */
  readonly peers: readonly { readonly alias: number; readonly player: number; readonly slot: number }[]
  /** The alias given out last: aliases are given out in turn, so that none comes again soon. */
  readonly lastAlias: number
  /** The server's last word on where they are, in steps; absent for none. */
  readonly tether?: { readonly x: number; readonly y: number; readonly z: number }
}

/** A region as operators see it. */
export interface ShardShown {
  readonly region: number
  readonly node: string
  readonly epoch: number
  readonly planVersion: number
  readonly players: number
  readonly ghosts: number
  /** Of the last ten seconds, ms. */
  readonly tickMeanMs: number
  readonly tickP95Ms: number
  readonly rung: number
  /** At most 10,000 points: x, y in steps, and 1 for a ghost, one after the other. Left out where nobody asked for them. */
  readonly points?: readonly number[]
}
