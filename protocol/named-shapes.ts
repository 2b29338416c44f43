import type { TSchema } from '@sinclair/typebox'
import { ErrorShape } from './error-shape.ts'
import { PermissionOverrides } from './room/permissions.ts'
import { RoomSettings } from './room/settings.ts'
import {
  ParticipantView,
  PresenceView,
  PublicRoomEvent,
  RoomSnapshotView,
  RoomView,
  SanctionView,
} from './room/view.ts'

/** What has a name of its own in the published documents; everything else is written out where it stands. */
export const namedShapes: Readonly<Record<string, TSchema>> = {
  Room: RoomView,
  Participant: ParticipantView,
  Presence: PresenceView,
  Sanction: SanctionView,
  RoomSnapshot: RoomSnapshotView,
  RoomEvent: PublicRoomEvent,
  RoomSettings,
  PermissionOverrides,
  Error: ErrorShape,
}
