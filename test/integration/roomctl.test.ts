import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'

const shim = fileURLToPath(new URL('../../bin/roomctl.mjs', import.meta.url))
const development = { VOICE_ENV: 'development', JWT_SECRET: 'a-secret-for-a-test-of-the-door-01' }

/** Runs the package's `bin` entry from another folder, as npx does. */
function roomctl(args: readonly string[], env: Record<string, string>) {
  const options = { cwd: tmpdir(), env, encoding: 'utf8', timeout: 30_000 } as const
  const { status, stdout, stderr } = spawnSync(process.execPath, [shim, ...args], options)
  return { status, stdout, stderr }
}

test('the door runs the program, hands its output on, and ends with its exit code', () => {
  const made = roomctl(['token', '--user', 'ann'], development)
  assert.deepEqual([made.status, made.stderr], [0, ''])
  assert.match(made.stdout, /^[\w-]+\.[\w-]+\.[\w-]+\n$/)
  const refused = roomctl(['token', '--user', 'ann'], { ...development, VOICE_ENV: 'production' })
  assert.deepEqual([refused.status, refused.stdout], [77, ''])
  assert.match(refused.stderr, /^roomctl: tokens are made in development only/)
  assert.equal(roomctl(['sing'], {}).status, 64)
})

test('help names the commands', () => {
  const { status, stdout } = roomctl(['--help'], {})
  assert.equal(status, 0)
  for (const command of ['token', 'cluster', 'room']) assert.match(stdout, new RegExp(`^ +${command} `, 'm'))
})
