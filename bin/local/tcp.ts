import { connect as connectTcp } from 'node:net'
import { connect as connectTls } from 'node:tls'

/** Whether somebody accepts connections there, within the time. */
export function accepts(host: string, port: number, withinMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTcp({ host, port })
    const end = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(withinMs, () => end(false))
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
  })
}

/**
 * Sends PING to the Redis of a URL, with its password and TLS when the URL says so. Null when it answers, else why not.
 */
export function redisProblem(url: string, withinMs: number): Promise<string | null> {
  const { hostname, port, username, password, protocol } = new URL(url)
  const place = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 6379) }
  const login = [decodeURIComponent(username), decodeURIComponent(password)].filter((part) => part !== '')
  const command = (...words: string[]) =>
    `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`
  return new Promise((resolve) => {
    const socket = protocol === 'rediss:' ? connectTls({ ...place, servername: place.host }) : connectTcp(place)
    let heard = ''
    const end = (problem: string | null) => {
      socket.destroy()
      resolve(problem)
    }
    socket.setTimeout(withinMs, () => end(`no answer within ${withinMs / 1_000} s`))
    socket.once('error', (error: Error) => end(error.message))
    socket.once('close', () => end('it closed the connection'))
    socket.on('data', (chunk: Buffer) => {
      heard += chunk.toString()
      if (heard.includes('+PONG\r\n')) end(null)
      else if (heard.startsWith('-')) end(heard.split('\r\n')[0]?.slice(1) ?? 'an error')
    })
    socket.write((login.length > 0 ? command('AUTH', ...login) : '') + command('PING'))
  })
}
