import { register } from 'node:module';
import { ModernFakeTimers } from '@jest/fake-timers';
import { ModuleMocker } from 'jest-mock';

register('./globals-hook.mjs', import.meta.url);

const { console } = globalThis;
const exit = process.exit.bind(process);

/**
 * A Jest environment in which Node itself loads and runs the tests, as it runs the services: all test files of a worker
 * share one global object and one cache of modules. Decision 0038 says why.
 */
// oxlint-disable-next-line import/no-default-export -- jest takes nothing else
export default class NodeItself {
  global = globalThis;
  moduleMocker = new ModuleMocker(globalThis);
  environment = { ...process.env };

  constructor({ projectConfig }) {
    this.fakeTimersModern = new ModernFakeTimers({ config: projectConfig, global: globalThis });
  }

  async setup() {}

  async teardown() {
    this.fakeTimersModern.dispose();
    // Jest replaces these two for each test file.
    globalThis.console = console;
    process.exit = exit;
    for (const name of Object.keys(process.env)) if (!(name in this.environment)) delete process.env[name];
    Object.assign(process.env, this.environment);
  }

  getVmContext() {
    return null;
  }
}
