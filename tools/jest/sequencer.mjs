import { readFileSync } from 'node:fs';
import Sequencer from '@jest/test-sequencer';

/**
 * The order of the test files: first those without a shared system; then those that change the environment of users;
 * then those that change only other environments; then those with the default environment. So few services restart
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
  return /startTestSystem\(\{[^;]*\busers: \{/.test(text) ? 1 : 2;
}
