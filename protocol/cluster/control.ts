import { Type, type Static } from '@sinclair/typebox'
import { ActorKey, ProcessId } from '../ids.ts'
import { taggedUnion, strict } from '../tagged-union.ts'

/** What an operator's tool may ask of a node, over a link of the cluster. */
export const ControlRequest = taggedUnion('verb', [
  /** Take no new actors, and hand on those that are here. */
  strict({ verb: Type.Literal('drain') }),
  /** Call a drain off, and take actors again. */
  strict({ verb: Type.Literal('undrain') }),
  /** Hand one actor on: to that node, or to the next on its list. */
  strict({ verb: Type.Literal('move'), key: ActorKey, to: Type.Optional(ProcessId) }),
])
export type ControlRequest = Static<typeof ControlRequest>

/** What came of it. `problem` is for people. */
export type ControlAnswer =
  | { readonly done: true; readonly value: Readonly<Record<string, unknown>> }
  | { readonly done: false; readonly problem: string }
