/*
 * The frames between a client and a gateway: JSON objects with a `type`, one a WebSocket text message. `docs/socket.md`
 * explains them to people who write a client.
 */
export * from './client-frames.ts'
export * from './ice.ts'
export * from './server-frames.ts'
export * from './zone-frames.ts'
