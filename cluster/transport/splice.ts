import type { Wire } from './wire.ts'

/** So many bytes may wait to leave one wire before the other is not read any more, until they have left. */
export const spliceWaitingMaxBytes = 256 * 1024

/** What is told of two wires that are one. */
export interface SpliceUser {
  /** So many bytes passed, one way or the other. */
  carried(bytes: number): void
  /** One of them brings nothing more, and the other is closing. Told once. */
  ended(): void
}

/**
 * Makes two wires one: what either brings, the other is given, unread and in order. When one ends, what it brought still leaves by
 * the other, which is closed then; who must not wait for that destroys it.
 */
export function splice(a: Wire, b: Wire, user: SpliceUser): void {
  let isOver = false
  const join = (from: Wire, to: Wire): void => {
    from.handBytesTo({
      bytes: (chunk) => {
        to.write(chunk)
        user.carried(chunk.length)
        if (to.waitingBytes > spliceWaitingMaxBytes) from.pause()
      },
      drain: () => to.resume(),
      end: () => {
        if (isOver) return
        isOver = true
        to.mute()
        to.end()
        user.ended()
      },
    })
  }
  join(a, b)
  join(b, a)
}
