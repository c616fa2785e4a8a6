import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import Sequencer from '@jest/test-sequencer';
import { readManifest } from '../../packages/manifest/dist/index.js';

const names = readManifest(fileURLToPath(new URL('../../supergraph.yaml', import.meta.url))).subgraphs.map(
  ({ name }) => name,
);
const CHANGES_A_SUBGRAPH = new RegExp(`startTestSystem\\(\\{[^;]*\\b(${names.join('|')})'?: \\{`);

/**
 * The order of the test files: first those without a shared system; then those that change the environment of a
 * subgraph; then those that change only that of the gateway; then those with the default environment. So few services restart
 * between two files. Tests outside of e2e are short and run last, so that no worker is idle for long.
 */
// oxlint-disable-next-line import/no-default-export -- jest takes nothing else
export default class BySystem extends Sequencer {
  sort(tests) {
    const order = new Map(tests.map((test) => [test, place(test)]));
    return super.sort(tests).toSorted((one, other) => order.get(one) - order.get(other));
  }
}

function place({ path, context }) {
  if (context.config.displayName.name !== 'e2e') return 4;
  const text = readFileSync(path, 'utf8');
  if (text.includes('startTestSystem()')) return 3;
  if (!text.includes('startTestSystem({')) return 0;
  return CHANGES_A_SUBGRAPH.test(text) ? 1 : 2;
}
