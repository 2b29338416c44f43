import eslint from '@eslint/js'
import tseslint from 'typescript-eslint'

/** Pure code: what the simulator runs. Time, randomness, timers and sockets come in through ports. */
const pureFolders = [
  'protocol/**',
  'actors/**',
  'cluster/placement/**',
  'cluster/actor-runtime/**',
  'cluster/routing/**',
]

export default tseslint.config(
  { ignores: ['node_modules/**', 'dist/**', '.data/**', 'gateway/http/public/**'] },
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
    files: pureFolders.map((folder) => `${folder}/*.ts`).concat(pureFolders),
    ignores: ['**/*.test.ts', '**/*.contract.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...['Date', 'setTimeout', 'setInterval', 'setImmediate', 'performance', 'crypto', 'fetch', 'process'].map(
          (name) => ({
            name,
            message: 'Pure code: take a Clock, Timers or Random (protocol/ports.ts) instead.',
          }),
        ),
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Pure code: take Random (protocol/ports.ts) instead.' },
      ],
    },
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
