import type { Placement } from '../../cluster/placement/port.ts'
import type { Mutation } from './mutation.ts'
import type { Plan } from './plan.ts'

/** What a scene is made of. */
export interface SceneParts {
  readonly plan: Plan
  readonly placement: Placement
  readonly mutation: Mutation
}
