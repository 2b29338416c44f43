import { after, before, describe } from 'node:test'
import { BrowserWorld } from '../support/browser-world.ts'
import { controls } from './controls.suite.ts'
import { hostilePages } from './hostile.suite.ts'
import { moderation } from './moderation.suite.ts'
import { stage } from './stage.suite.ts'

/** Real pages with real audio between them, all on one cluster. */
describe('the demo page', () => {
  const world = new BrowserWorld()
  before(() => world.start())
  after(() => world.stop())

  moderation(world)
  stage(world)
  hostilePages(world)
  controls(world)
})
