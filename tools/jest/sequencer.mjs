import { readFileSync } from 'node:fs';
import Sequencer from '@jest/test-sequencer';

/**
 * The order of the test files. Those that use the shared system with its default environment run one after the other, so
 * that few services restart. Tests outside of e2e are short and run last, so that no worker is idle for long.
 */
// oxlint-disable-next-line import/no-default-export -- jest takes nothing else
export default class BySystem extends Sequencer {
  sort(tests) {
    const order = new Map(tests.map((test) => [test, needsOf(test)]));
    return super.sort(tests).toSorted((one, other) => order.get(one) - order.get(other));
  }
}

function needsOf({ path, context }) {
  if (context.config.displayName.name !== 'e2e') return 2;
  return readFileSync(path, 'utf8').includes('startTestSystem()') ? 1 : 0;
}
