/** The tests run on the output of `tsc -b`: the same code that the services run. */
const project = (displayName, more = {}) => ({
  displayName,
  testEnvironment: 'node',
  roots: [`<rootDir>/${displayName}`],
  testMatch: ['**/dist/**/*.test.js'],
  transform: {},
  ...more,
});

// oxlint-disable-next-line import/no-default-export -- jest takes nothing else
export default {
  projects: [
    project('libs'),
    project('subgraphs/users'),
    project('subgraphs/email-subscriptions'),
    project('gateway'),
    project('clients'),
    project('tools'),
    project('e2e', {
      globalSetup: './e2e/dist/harness/shared-system/setup.js',
      globalTeardown: './e2e/dist/harness/shared-system/teardown.js',
    }),
  ],
  globalSetup: './tools/dist/test-postgres/setup.js',
  globalTeardown: './tools/dist/test-postgres/teardown.js',
  reporters: ['default', './tools/jest-summary.mjs'],
  testTimeout: 120_000,
  maxWorkers: 2,
};
