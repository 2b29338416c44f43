import { builtinModules } from 'node:module'
import eslint from '@eslint/js'
import tseslint from 'typescript-eslint'

/** Pure code: what the simulator runs. Time, randomness, timers and sockets come in through ports. */
const pureCode = [
  'protocol/**/*.ts',
  'actors/**/*.ts',
  'cluster/placement/**/*.ts',
  'cluster/actor-runtime/**/*.ts',
  'cluster/routing/**/*.ts',
  'cluster/membership/**/*.ts',
  'cluster/transport/**/*.ts',
  'gateway/ws/**/*.ts',
]

/** What stands between pure code and the world, and tests. A new file in those folders is pure until it is named here. */
const notPure = [
  'cluster/membership/{lua-script,redis-*,watchdog,watchdog-thread}.ts',
  'cluster/transport/{hand-shake,socket-wire,tcp,tls*}.ts',
  'gateway/ws/server.ts',
  '**/*.{test,contract,kit}.ts',
]

const throughPorts = 'Pure code: take a Clock, Timers or Random (protocol/ports.ts), or a port of your own.'

/** Globals that tell the time, wait, draw, reach the world, or lead around these rules. */
const impureGlobals = [
  ...['Date', 'Intl', 'performance'],
  ...['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate', 'Atomics'],
  ...['crypto', 'Crypto'],
  ...['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest', 'MessageChannel', 'BroadcastChannel', 'process'],
  // What they tell depends on when memory is cleaned.
  ...['WeakRef', 'FinalizationRegistry'],
  ...['globalThis', 'global', 'self', 'require', 'module'],
].map((name) => ({ name, message: throughPorts }))

export default tseslint.config(
  {
    ignores: [
      ...['node_modules/**', 'dist/**', '.data/**', 'gateway/http/public/**', 'test/browser/pages/**'],
      // AssemblyScript: its own compiler checks it, in a test.
      'actors/zone/kernel/assembly/**',
    ],
  },
  eslint.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      'no-console': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-redeclare': 'off',
      '@typescript-eslint/no-floating-promises': 'error',
    },
  },
  {
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        setTimeout: 'readonly',
        module: 'writable',
      },
    },
  },
  {
    // Settings are read once, checked, and handed on: bin/config.ts. Only what raises the whole system looks itself.
    files: ['**/*.ts'],
    ignores: ['bin/config.ts', 'bin/start.ts', 'bin/local/**', 'test/**'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Settings come from bin/config.ts.' },
      ],
      'no-restricted-imports': ['error', { name: 'node:process', message: 'Use the global `process`.' }],
    },
  },
  {
    files: pureCode,
    ignores: notPure,
    // A comment that switches a rule off would be a way around.
    linterOptions: { noInlineConfig: true },
    rules: {
      'no-restricted-globals': ['error', ...impureGlobals],
      'no-restricted-properties': ['error', { object: 'Math', property: 'random', message: throughPorts }],
      'no-restricted-imports': [
        'error',
        {
          paths: builtinModules.map((name) => ({ name, message: throughPorts })),
          patterns: [{ regex: '^node:', message: throughPorts }],
        },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: 'ImportExpression', message: throughPorts },
        { selector: 'VariableDeclarator > Identifier.init[name="Math"]', message: 'Call it as Math.x.' },
      ],
      'no-eval': 'error',
      'no-new-func': 'error',
    },
  },
  {
    // They write a given time down, or read one, and never ask for the time.
    files: ['protocol/iso-time.ts', 'protocol/raids/{calendar,zone}.ts'],
    rules: {
      'no-restricted-globals': ['error', ...impureGlobals.filter(({ name }) => name !== 'Date' && name !== 'Intl')],
      'no-restricted-properties': ['error', { object: 'Date', property: 'now', message: throughPorts }],
    },
  },
  {
    // Lists of actors of any kind: state, command and reply stand on both sides of functions, where nothing narrower fits.
    files: ['cluster/actor-runtime/definition.ts'],
    rules: { '@typescript-eslint/no-explicit-any': 'off' },
  },
  {
    // Typed arrays, read within their bounds a million times a second: a check at each reading would be half of the work.
    files: ['actors/zone/**/*.ts', 'actors/zone-shard/resident/**/*.ts', 'protocol/zone/**/*.ts'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  {
    files: ['workflows/definitions/**/*.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: 'Program > VariableDeclaration[kind="let"]', message: 'Workflow modules hold no mutable state.' },
        {
          selector: 'Program > ExportNamedDeclaration > VariableDeclaration[kind="let"]',
          message: 'Workflow modules hold no mutable state.',
        },
      ],
    },
  },
  {
    // What talks to a person on a terminal.
    files: ['bin/**', 'test/**'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['test/**', '**/*.test.ts', '**/*.contract.ts'],
    rules: {
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            { from: 'package', package: 'node:test', name: ['test', 'it', 'describe', 'suite'] },
          ],
        },
      ],
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Answers from outside are looked at as they come.
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
    },
  },
)
