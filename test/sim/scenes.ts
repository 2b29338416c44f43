import type { MakeScene } from './scene.ts'
import { tallyScene } from './tally/scene.ts'
import { zoneScene } from './zone/scene.ts'

/** What a simulated cluster may host. */
export const scenes = { tally: tallyScene, zone: zoneScene } as const satisfies Readonly<Record<string, MakeScene>>
export type SceneName = keyof typeof scenes

export const isScene = (name: string): name is SceneName => Object.hasOwn(scenes, name)
