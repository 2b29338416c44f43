export { zoneDefinition } from './actor.ts'
