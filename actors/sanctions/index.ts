export { scopeDefinition } from './actor.ts'
