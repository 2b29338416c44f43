/** What a connection needs of its socket. A socket that is gone takes everything and does nothing. */
export interface ClientSocket {
  /** Sends one text message. `behind`: more waits for this client than one that keeps up would leave. */
  send(message: string | Uint8Array): 'sent' | 'behind'
  /** As `send`, as a binary message. The bytes are read before it returns. */
  sendBinary(bytes: Uint8Array): 'sent' | 'behind'
  /** What was sent and still waits for the client, B. */
  waitingBytes(): number
  /** Sends a close frame and lets go of the socket. */
  end(closeCode: number, reason: string): void
}
