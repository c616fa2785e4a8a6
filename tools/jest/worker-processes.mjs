import JestRunner from 'jest-runner';

/**
 * Jest's runner, which always starts worker processes, also for one test file and with `--runInBand`. In Jest's own process
 * the projects would share their modules.
 */
// oxlint-disable-next-line import/no-default-export -- jest takes nothing else
export default class WorkerProcesses extends JestRunner {
  runTests(tests, watcher, options) {
    return super.runTests(tests, watcher, { ...options, serial: false });
  }
}
