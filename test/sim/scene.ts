import type { SceneParts } from './scene-parts.ts'
import type { SimWorld } from './world.ts'

/** A cluster with something on it. */
export interface Scene {
  readonly world: SimWorld
  readonly clients: Clients
  readonly peace: Peace
}

/** Whoever uses the cluster. */
export interface Clients {
  begin(): void
  /** Nothing new; what is under way goes on until it has its last word. */
  end(): void
  /** Commands that were carried out, as far as anybody was told. */
  readonly acked: number
}

/** What has to be true soon after the last fault. */
export interface Peace {
  begin(): void
  /** Lets time pass until everything is well, or there was time enough: then it tells the oracle what is not. Gives how long it took, ms. */
  come(isBroken: () => boolean): Promise<number>
  /** What is stored is what was committed. */
  checkJournal(): Promise<void>
}

export type MakeScene = (parts: SceneParts) => Scene
