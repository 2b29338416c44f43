/** Addresses of the real services that the test runner raised. A missing one is an error, never a skip. */
function required(name: string): string {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set: run the suites with npm test, or name a service of your own`)
  return value
}

export const services = {
  /** A superuser's URL; tests make databases of their own. */
  databaseUrl: () => required('TEST_DATABASE_URL'),
  redisUrl: () => required('TEST_REDIS_URL'),
  /** host:port of a Temporal server. */
  temporalAddress: () => required('TEST_TEMPORAL_ADDRESS'),
  /** The Temporal CLI, for tests that start and stop a server of their own. */
  temporalBinary: () => required('TEST_TEMPORAL_BINARY'),
  chromePath: () => required('CHROME_PATH'),
}
