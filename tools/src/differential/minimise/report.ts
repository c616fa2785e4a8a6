import type { MinimisedCase } from './minimise.js';

/** A failing case, to read. */
export function report({ testCase, difference }: MinimisedCase): string {
  const { subgraphs, operation, seed } = testCase;
  const sdls = subgraphs.map(
    ({ name, sdl }) => `# subgraph ${name}\n${sdl.replace(/^extend schema.*\n+/, '').trim()}`,
  );
  return [
    ...difference.differences,
    ...sdls,
    `# seed of the values: ${seed}`,
    operation.document,
    `variables ${JSON.stringify(operation.variables)}`,
    `actual   ${JSON.stringify(difference.actual)}`,
    `expected ${JSON.stringify(difference.expected)}`,
  ].join('\n');
}
