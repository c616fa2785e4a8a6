import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readManifest } from './packages/manifest/dist/index.js';

const root = fileURLToPath(new URL('.', import.meta.url));
const { subgraphs } = readManifest(path.join(root, 'supergraph.yaml'));

/**
 * The tests run on the output of `tsc -b`: the same code that the services run. Projects with the same `processes` share
 * their worker processes. Each subgraph has its own, because NestJS keeps the types of a schema in one place for each
 * process.
 */
const project = (displayName, { processes = 'shared', ...more } = {}) => ({
  displayName,
  runner: ['./tools/jest/worker-processes.mjs', { processes }],
  testEnvironment: './tools/jest/environment.mjs',
  testRunner: './tools/jest/runner.mjs',
  roots: [`<rootDir>/${displayName}`],
  testMatch: ['**/dist/**/*.test.js'],
  transform: {},
  ...more,
});

// oxlint-disable-next-line import/no-default-export -- jest takes nothing else
export default {
  projects: [
    project('packages'),
    ...subgraphs.map(({ name, folder }) => project(path.relative(root, folder), { processes: name })),
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
  testSequencer: './tools/jest/sequencer.mjs',
  reporters: ['default', './tools/jest/summary.mjs'],
  testTimeout: 120_000,
  // One more than the cores of a small machine, since many tests wait for other processes.
  maxWorkers: 3,
};
