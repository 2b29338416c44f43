/* Every workflow, by its type name: what the worker offers is exactly what is exported here. */
export { timedSanction } from './timed-sanction.ts'
