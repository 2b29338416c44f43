export { roomDefinition, type RoomDefinition, type RoomOptions } from './actor.ts'
