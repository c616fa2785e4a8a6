const globals = new URL('globals.mjs', import.meta.url).href;

/** Node cannot load `@jest/globals`, so this hook of its module loader replaces it by `globals.mjs`. */
export const resolve = (specifier, context, next) =>
  specifier === '@jest/globals' ? { url: globals, shortCircuit: true } : next(specifier, context);
