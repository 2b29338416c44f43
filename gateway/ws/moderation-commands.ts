import type { ClientFrame } from '../../protocol/client/frames.ts'
import type { RoomCommand } from '../../protocol/room/commands.ts'
import { everyone } from '../../protocol/room/moderation.ts'
import type { Principal, SanctionKind } from '../../protocol/room/values.ts'

/** What a moderator's frame does, and with which sanction. */
const actions = {
  mute: { does: 'sanction', kind: 'mute' },
  unmute: { does: 'lift', kind: 'mute' },
  deafen: { does: 'sanction', kind: 'deafen' },
  undeafen: { does: 'lift', kind: 'deafen' },
  ban: { does: 'sanction', kind: 'ban' },
  unban: { does: 'lift', kind: 'ban' },
  mute_all: { does: 'sanction', kind: 'mute_all' },
  unmute_all: { does: 'lift', kind: 'mute_all' },
  kick: { does: 'kick' },
} as const satisfies Readonly<Record<string, { does: 'sanction' | 'lift'; kind: SanctionKind } | { does: 'kick' }>>

/** Frames with which people act on others. */
export type ModerationFrame = Extract<ClientFrame, { type: keyof typeof actions }>
type ModerationCommand = Extract<RoomCommand, { type: 'sanction' | 'lift' | 'kick' }>

/** The command that a moderator's frame makes. */
export function moderationCommand(frame: ModerationFrame, by: Principal): ModerationCommand {
  const action = actions[frame.type]
  const about = {
    by,
    target_user_id: 'target_user_id' in frame ? frame.target_user_id : everyone,
    reason: frame.reason ?? '',
    ...(frame.evidence === undefined ? {} : { evidence: frame.evidence }),
  }
  const durationS = 'duration' in frame ? (frame.duration ?? null) : null
  switch (action.does) {
    case 'sanction':
      return { type: 'sanction', kind: action.kind, duration_s: durationS, ...about }
    case 'lift':
      return { type: 'lift', kind: action.kind, ...about }
    case 'kick':
      return { type: 'kick', duration_s: durationS, ...about }
  }
}
