/** What a connection needs of its socket. A socket that is gone takes everything and does nothing. */
export interface ClientSocket {
  /** Sends one text message. `behind`: more waits for this client than one that keeps up would leave. */
  send(message: string | Uint8Array): 'sent' | 'behind'
  /** Sends a close frame and lets go of the socket. */
  end(closeCode: number, reason: string): void
}
