import { describe, test } from 'node:test'
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigError } from '../../bin/config.ts'
import { finalTable } from '../../bin/local/final-table.ts'
import { givenSettings, type Environment } from '../../bin/local/given-settings.ts'
import { humanLines, LineSplitter, prefixer } from '../../bin/local/log-lines.ts'
import { coloured, paintFor, plain } from '../../bin/local/paint.ts'
import { placesOf } from '../../bin/local/places.ts'
import { checkSettings, environmentOf, planProcesses, portNeeds } from '../../bin/local/plan.ts'
import { takenPorts } from '../../bin/local/ports.ts'
import { identify } from '../../bin/local/process-identity.ts'
import { parseProcfile } from '../../bin/local/procfile.ts'
import { resetData } from '../../bin/local/reset.ts'
import { localSecrets } from '../../bin/local/secrets.ts'
import { takeStartLock } from '../../bin/local/start-lock.ts'
import { runState, writeState } from '../../bin/local/state.ts'
import { localSettings } from '../../bin/roomctl-places.ts'
import { plainScreen } from '../../bin/table.ts'

const procfile = parseProcfile(readFileSync(new URL('../../Procfile', import.meta.url), 'utf8'))
const processes = planProcesses(procfile, [7201, 7202, 7203])
const secrets = {
  jwtSecret: 'j'.repeat(40),
  clusterSecret: 'c'.repeat(40),
  redisPassword: 'r'.repeat(20),
  webhookKey: 'w'.repeat(40),
}
const addresses = { databaseUrl: 'postgres://pg/db', redisUrl: 'redis://cache', temporalAddress: '127.0.0.1:7233' }
const noFile = (): string => assert.fail('no file was named')

const envOf = (name: string, env: Environment = {}) => {
  const planned = processes.find((candidate) => candidate.name === name)!
  return environmentOf(planned, { given: givenSettings(env, noFile), secrets, addresses })
}

function inFolder(run: (folder: string) => void | Promise<void>) {
  return async () => {
    const folder = mkdtempSync(join(tmpdir(), 'voice-rooms-'))
    try {
      await run(folder)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

describe('the plan', () => {
  test('speaks to a Temporal of our own in the clear, and as told to one that was given', () => {
    const told = { TEMPORAL_NAMESPACE: 'studio', TEMPORAL_TLS: 'on', TEMPORAL_TLS_CA: '/ca.pem' }
    const names = (env: Environment) => Object.keys(envOf('worker-1', env)).filter((name) => name in told)
    assert.deepEqual(names(told), [])
    assert.deepEqual(names({ ...told, TEMPORAL_ADDRESS: 'temporal:7233' }).sort(), Object.keys(told).sort())
  })

  test('gives no port of one node to all', () => {
    const given = { VOICE_NODE_LISTEN_PORT: '7300' }
    assert.equal(envOf('node-2', given)['VOICE_NODE_LISTEN_PORT'], undefined)
    assert.deepEqual(givenSettings(given, noFile).overridden, ['VOICE_NODE_LISTEN_PORT'])
  })

  test('has two gateways, three nodes, a worker and a relay, on the ports that people know', () => {
    assert.deepEqual(
      processes.map(({ name, adminPort }) => [name, adminPort]),
      [
        ['gateway-1', 9080],
        ['gateway-2', 9090],
        ['node-1', 9101],
        ['node-2', 9102],
        ['node-3', 9103],
        ['worker-1', 9111],
        ['relay-1', 9121],
      ],
    )
    const { SERVER_PORT, WS_PORT } = envOf('gateway-2')
    assert.deepEqual([SERVER_PORT, WS_PORT], ['8090', '8091'])
    assert.equal(envOf('node-3')['VOICE_NODE_PORT'], '7203')
  })

  test('no two processes are given the same port', () => {
    const ports = [...portNeeds(processes).map(({ port }) => port), 7201, 7202, 7203]
    assert.equal(new Set(ports).size, ports.length)
  })

  test('every process accepts the settings that it is given', () => {
    checkSettings(processes, { given: givenSettings({}, noFile), secrets }, noFile)
  })

  test('a setting with a bad value is found before anything starts', () => {
    const given = givenSettings({ LOG_LEVEL: 'loud' }, noFile)
    assert.throws(() => checkSettings(processes, { given, secrets }, noFile), ConfigError)
  })

  test('a process gets no secret that it has no use for', () => {
    const env = { JWT_SECRET: 's'.repeat(40), TEMPORAL_ADDRESS: 'temporal:7233', TEMPORAL_API_KEY: 'key' }
    assert.equal(envOf('gateway-1', env)['JWT_SECRET'], env.JWT_SECRET)
    assert.equal(envOf('worker-1', env)['TEMPORAL_API_KEY'], 'key')
    for (const [name, setting] of [
      ['node-1', 'JWT_SECRET'],
      ['node-1', 'TEMPORAL_API_KEY'],
      ['relay-1', 'CLUSTER_SECRET'],
      ['relay-1', 'JWT_SECRET'],
    ] as const) {
      assert.equal(envOf(name, env)[setting], undefined, `${name} has no use for ${setting}`)
    }
  })

  test('variables that look like settings and are none are told and not passed on', () => {
    const env = { VOICE_TYPO: '1', HOME: '/somewhere', VOICE_ROOM_IDLE_MS: '5000', SERVER_PORT: '1' }
    const { unknown, overridden } = givenSettings(env, noFile)
    assert.deepEqual([unknown, overridden], [['VOICE_TYPO'], ['SERVER_PORT']])
    const { VOICE_TYPO, HOME, VOICE_ROOM_IDLE_MS, SERVER_PORT } = envOf('gateway-1', env)
    assert.deepEqual([VOICE_TYPO, HOME, VOICE_ROOM_IDLE_MS, SERVER_PORT], [undefined, '/somewhere', '5000', '8080'])
  })

  test('a Procfile without a line that is needed is refused by name', () => {
    const rest = new Map([...procfile].filter(([name]) => name !== 'relay'))
    assert.throws(() => planProcesses(rest, [1, 2, 3]), /no line for the relay/)
  })
})

describe('development mode', () => {
  const modeOf = (env: Environment, file = '') => givenSettings(env, () => file).mode

  test('is on where no key for tokens is configured, and the local secret is used', () => {
    assert.equal(modeOf({}), 'development')
    assert.equal(envOf('gateway-1')['JWT_SECRET'], secrets.jwtSecret)
  })

  for (const name of ['JWT_SECRET', 'JWT_PUBLIC_KEY', 'JWT_JWKS_URL']) {
    test(`is off where ${name} is configured, and the local secret is not used`, () => {
      assert.equal(modeOf({ [name]: 'x' }), 'production')
      assert.notEqual(envOf('gateway-1', { [name]: 'x' })['JWT_SECRET'], secrets.jwtSecret)
    })
  }

  test('is off where the settings file holds the secret', () => {
    assert.equal(modeOf({ VOICE_CONFIG: 'voice.yaml' }, 'jwt: { secret: something }'), 'production')
  })

  test('is off where NODE_ENV says production, whatever else is said', () => {
    assert.equal(modeOf({ NODE_ENV: 'production' }), 'production')
    assert.equal(modeOf({ NODE_ENV: 'production', VOICE_ENV: 'development' }), 'production')
  })
})

describe('secrets', () => {
  test(
    'are made once, readable by their owner alone, and the same at the next start',
    inFolder((folder) => {
      const file = join(folder, 'data', 'secrets.json')
      const first = localSecrets(file)
      assert.ok(first.jwtSecret.length >= 32 && first.clusterSecret.length >= 32)
      assert.notEqual(first.jwtSecret, first.clusterSecret)
      assert.equal(statSync(file).mode & 0o777, 0o600)
      assert.deepEqual(localSecrets(file), first)
    }),
  )

  test(
    'a file that is something else is not replaced in silence',
    inFolder((folder) => {
      const file = join(folder, 'secrets.json')
      writeFileSync(file, '{"jwtSecret": "short"}')
      assert.throws(() => localSecrets(file), /not what npm start writes/)
      assert.equal(readFileSync(file, 'utf8'), '{"jwtSecret": "short"}')
    }),
  )
})

describe('log lines', () => {
  const line = (fields: object) =>
    JSON.stringify({ level: 'info', time: '2030-01-02T03:04:05.678Z', process: 'node-1', role: 'node', ...fields })

  test('an event becomes its time, its name and its fields', () => {
    const shown = humanLines(line({ roomId: 'r1', epoch: 3, title: 'two words', msg: 'room.activated' }), plain)
    assert.deepEqual(shown, ['03:04:05 room.activated roomId=r1 epoch=3 title="two words"'])
  })

  test('a warning says so, and an error shows where it came from', () => {
    assert.deepEqual(humanLines(line({ level: 'warn', msg: 'lease.late' }), plain), ['03:04:05 warn lease.late'])
    const err = { message: 'no route', stack: 'Error: no route\n    at dial (link.ts:3:1)' }
    assert.deepEqual(humanLines(line({ level: 'error', err, msg: 'link.failed' }), plain), [
      '03:04:05 error link.failed err="no route"',
      '    at dial (link.ts:3:1)',
    ])
  })

  test('what is no event stays as it is', () => {
    for (const text of ['plain words', '{"broken', '{"no":"event"}']) assert.deepEqual(humanLines(text, plain), [text])
  })

  test('a name in a field cannot steer the terminal', () => {
    const [shown] = humanLines(line({ name: 'a\u001b[2Jb', msg: 'x' }), plain)
    assert.ok(shown !== undefined && !shown.includes('\u001b'))
  })

  test('prefixes are as wide as the longest name, and coloured where colours are wanted', () => {
    assert.equal(prefixer(['node-1', 'gateway-1'], plain)('node-1', 'x'), 'node-1    | x')
    assert.equal(prefixer(['node-1'], coloured)('node-1', 'x'), `${coloured('cyan', 'node-1 |')} x`)
  })

  test('there are no colours in a pipe, nor where NO_COLOR is set', () => {
    assert.equal(paintFor({ isTTY: true }, undefined), coloured)
    assert.equal(paintFor({ isTTY: true }, '1'), plain)
    assert.equal(paintFor({}, undefined), plain)
  })

  test('lines come whole, however the chunks are cut', () => {
    const lines: string[] = []
    const splitter = new LineSplitter((each) => lines.push(each))
    const bytes = Buffer.from('one\ntwö\nthree')
    for (const byte of bytes) splitter.push(Buffer.from([byte]))
    splitter.end()
    assert.deepEqual(lines, ['one', 'twö', 'three'])
  })
})

describe('a machine with something on it', () => {
  test('a taken port is said in one sentence, with what needs it and what holds it', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const sentences = await takenPorts([{ port, wantedBy: 'gateway-1 (HTTP)' }])
    server.close()
    assert.equal(sentences.length, 1)
    assert.match(
      sentences[0]!,
      new RegExp(`^Port ${port}, which gateway-1 \\(HTTP\\) needs, .*\\(pid ${process.pid}\\)\\.$`),
    )
  })

  test(
    'a second start in the same checkout is refused with the pid of the first, and a dead one is taken over from',
    inFolder((folder) => {
      const file = join(folder, 'run', 'start.lock')
      const release = takeStartLock(file)
      assert.throws(() => takeStartLock(file), new RegExp(`runs already \\(npm start, pid ${process.pid}\\)`))
      release()
      // Our own pid in the hands of an earlier process: a machine that was restarted.
      writeFileSync(file, JSON.stringify({ ...identify(process.pid), began: 'long ago' }))
      takeStartLock(file)()
    }),
  )

  test(
    'a reset removes the data of our own services and nothing else',
    inFolder((folder) => {
      const places = { ...placesOf(folder), openPlace: join(folder, 'open') }
      const kept = [join(places.dataFolder, 'other'), places.logFolder, join(places.openPlace, 'postgres-18')]
      const data = [join(places.dataFolder, 'postgres'), join(places.openPlace, 'postgres'), places.redisFolder]
      for (const each of [...kept, ...data, places.temporalFolder]) mkdirSync(each, { recursive: true })
      localSecrets(places.secretsFile)
      assert.deepEqual(resetData(places), [...data, places.temporalFolder])
      assert.deepEqual(resetData(places), [])
      for (const each of [...kept, places.secretsFile]) statSync(each)
    }),
  )
})

describe('what a start leaves', () => {
  test(
    'roomctl finds the cluster by it, and nobody else may read it',
    inFolder((folder) => {
      const places = placesOf(folder)
      const { clusterSecret } = localSecrets(places.secretsFile)
      mkdirSync(places.runFolder, { recursive: true })
      const running = processes.map((planned, index) => ({ planned, pid: index === 0 ? null : 100 + index }))
      const given = { mode: 'development', keyPrefix: '{vc}' } as const
      const state = runState({ startedAt: new Date(0), given, addresses, temporalUi: null, processes: running })
      writeState(places.stateFile, state)
      assert.equal(statSync(places.stateFile).mode & 0o777, 0o600)
      assert.deepEqual(localSettings(places.dataFolder), {
        VOICE_ENV: 'development',
        DATABASE_URL: addresses.databaseUrl,
        REDIS_URL: addresses.redisUrl,
        TEMPORAL_ADDRESS: addresses.temporalAddress,
        VOICE_KEY_PREFIX: '{vc}',
        CLUSTER_SECRET: clusterSecret,
      })
      assert.deepEqual([state.processes[0]?.pid, state.processes[2]?.linkPort], [null, 7201])
    }),
  )

  test('the first line of the table is the link', () => {
    const given = { mode: 'development', hasTls: false, hasTokenKey: false } as const
    const parts = { given, places: { checkout: '/co', logFolder: '/co/.data/logs' }, services: [], temporalUi: null }
    const [first = ''] = finalTable(parts, plainScreen).split('\n')
    assert.match(first, /^Open\s+http:\/\/localhost:8080\/$/)
  })
})
