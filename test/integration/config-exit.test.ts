import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'

const config = fileURLToPath(new URL('../../bin/config.ts', import.meta.url))

/** Starts a process that does nothing but read its settings, with exactly this environment. */
function start(role: string, env: Record<string, string>) {
  const source = `import { configOrExit } from ${JSON.stringify(config)}; console.log(configOrExit('${role}').processId)`
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', source], {
    env,
    encoding: 'utf8',
    timeout: 30_000,
  })
  return { status, stdout: stdout.trim(), stderr }
}

test('a process with wrong settings says all that is wrong once, and exits with 78', () => {
  const { status, stdout, stderr } = start('relay', { VOICE_SPEED: '9', LOG_LEVEL: 'loud', REDIS_URL: 'redis://a' })
  assert.deepEqual([status, stdout], [78, ''])
  assert.equal(
    stderr,
    [
      'The relay cannot start: 4 settings are wrong.',
      '  VOICE_SPEED: is no setting',
      '  DATABASE_URL: is required',
      '  TEMPORAL_ADDRESS: is required',
      '  LOG_LEVEL: has to be one of debug, info, warn, error',
      'Every setting is explained in docs/operations/config.md.',
      '',
    ].join('\n'),
  )
})

test('a process with right settings goes on', () => {
  const { status, stdout, stderr } = start('migrate', {
    DATABASE_URL: 'postgres://a/b',
    VOICE_PROCESS_ID: 'migrate-1',
  })
  assert.deepEqual([status, stdout, stderr], [0, 'migrate-1', ''])
})
