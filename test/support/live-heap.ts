import { WebSocket } from 'ws'
import type { TestProcess } from './process.ts'
import { waitUntil } from './wait.ts'

/** Given to a process at its start, so that its heap may be asked for: its debugger, once it is woken, takes any port that is free. */
export const openHeap = { NODE_OPTIONS: '--inspect-port=127.0.0.1:0' } as const

const doors = new WeakMap<TestProcess, string>()

/**
 * What a process holds on to, bytes: its heap and its buffers, right after everything that could be collected was. Resident memory says
 * little of it: it follows the load, and what was freed is not given back at once. The process was started with `openHeap`.
 */
export async function liveHeapOf(process: TestProcess): Promise<number> {
  const socket = new WebSocket(doors.get(process) ?? (await openDoor(process)))
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  let asked = 0
  const ask = (method: string) =>
    new Promise<Record<string, number>>((resolve, reject) => {
      const id = (asked += 1)
      const timer = setTimeout(() => reject(new Error(`${method} was not answered by ${process.name}`)), 20_000)
      socket.on('message', (data: Buffer) => {
        const answer = JSON.parse(data.toString()) as { id?: number; result?: Record<string, number> }
        if (answer.id !== id) return
        clearTimeout(timer)
        resolve(answer.result ?? {})
      })
      socket.send(JSON.stringify({ id, method }))
    })
  try {
    // Twice: what a finalizer let go of goes with the second.
    for (let round = 0; round < 2; round += 1) await ask('HeapProfiler.collectGarbage')
    const { usedSize = 0, backingStorageSize = 0 } = await ask('Runtime.getHeapUsage')
    return usedSize + backingStorageSize
  } finally {
    socket.close()
  }
}

async function openDoor(tested: TestProcess): Promise<string> {
  process.kill(tested.pid, 'SIGUSR1')
  let door = ''
  await waitUntil(`${tested.name} lets its heap be looked at`, () => {
    door = /Debugger listening on (ws:\S+)/.exec(tested.output())?.[1] ?? ''
    return door !== ''
  })
  doors.set(tested, door)
  return door
}
