/** The tests run on what `tsc -b` wrote, so they see exactly the code that the services run. */
// oxlint-disable-next-line import/no-default-export -- jest takes nothing else
export default {
  testEnvironment: 'node',
  roots: ['libs', 'subgraphs', 'gateway', 'clients', 'tools', 'e2e'],
  testMatch: ['**/dist/**/*.test.js'],
  transform: {},
  globalSetup: './tools/dist/test-postgres/setup.js',
  globalTeardown: './tools/dist/test-postgres/teardown.js',
  reporters: ['default', './tools/jest-summary.mjs'],
  testTimeout: 30_000,
  maxWorkers: 2,
};
