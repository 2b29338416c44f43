import { after, before, describe } from 'node:test'
import { BrowserWorld } from '../support/browser-world.ts'
import { apiReader } from './api-reader.suite.ts'
import { broadcast } from './broadcast.suite.ts'
import { controls } from './controls.suite.ts'
import { hostilePages } from './hostile.suite.ts'
import { lateSignals } from './late-signals.suite.ts'
import { moderation } from './moderation.suite.ts'
import { relayOnly } from './relay-only.suite.ts'
import { stage } from './stage.suite.ts'
import { zoneMap } from './zones.suite.ts'
import { zoneTalk } from './zone.suite.ts'

/** The demo page, with real audio between several of it, the reader of the interface and the map of zones: all on one cluster. */
describe('the pages of a gateway', () => {
  const world = new BrowserWorld()
  before(() => world.start())
  after(() => world.stop())

  moderation(world)
  stage(world)
  broadcast(world)
  relayOnly(world)
  lateSignals(world)
  hostilePages(world)
  controls(world)
  apiReader(world)
  zoneMap(world)
  zoneTalk(world)
})
