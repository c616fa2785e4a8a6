import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import circus from 'jest-circus/runner';
import { useGlobals } from './globals.mjs';

const require = createRequire(import.meta.url);

/** A Jest runtime that leaves the loading of modules to Node. */
const loadedByNode = (runtime, testFile) => ({
  __proto__: runtime,
  /** Jest asks only for the module that collects and runs tests, which begins anew for each test file. */
  requireInternalModule(file) {
    delete globalThis[Symbol.for('EVENT_HANDLERS')];
    delete require.cache[file];
    return require(file);
  },
  unstable_shouldLoadAsEsm: () => true,
  unstable_importModule: (file) => import(pathToFileURL(file).href),
  setGlobalsForRuntime(globals) {
    runtime.setGlobalsForRuntime(globals);
    useGlobals({ ...globals, jest: runtime.jestGlobals.jestObjectFor(testFile) });
  },
});

/** Jest's test runner, over modules that Node loads. */
// oxlint-disable-next-line import/no-default-export -- jest takes nothing else
export default (globalConfig, config, environment, runtime, testFile, report) =>
  circus.default(globalConfig, config, environment, loadedByNode(runtime, testFile), testFile, report);
