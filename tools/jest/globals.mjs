let current;

/** Jest makes new functions for each test file, but the modules that import them stay loaded. */
export const useGlobals = (globals) => (current = globals);

const delegateTo = (name) =>
  new Proxy(() => {}, {
    apply: (_target, _this, args) => current[name](...args),
    get: (_target, key) => current[name][key],
  });

export const afterAll = delegateTo('afterAll');
export const afterEach = delegateTo('afterEach');
export const beforeAll = delegateTo('beforeAll');
export const beforeEach = delegateTo('beforeEach');
export const describe = delegateTo('describe');
export const expect = delegateTo('expect');
export const jest = delegateTo('jest');
export const test = delegateTo('test');
