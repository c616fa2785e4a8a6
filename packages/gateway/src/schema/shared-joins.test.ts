import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Subscription } from '../subscriptions/subscription.js';
import { everythingSettled, ScriptedWatcher } from '../subscriptions/rooms/testing/scripted-watcher.js';
import { AlteringSubgraphs } from './testing/altering-subgraphs.js';

const EVENTS = 60;

const system = new AlteringSubgraphs();
beforeAll(() => system.start());
afterAll(() => system.stop());

test('events of one person share requests to the other subgraph, keep their order, and none has older data', async () => {
  const { result } = await system.run('subscription { ordered { cursor order { id buyer { name } } } }');
  if (!(result instanceof Subscription)) throw new Error(JSON.stringify(result));
  const names: [cursor: string | null, name: string][] = [];
  const watcher = new ScriptedWatcher();
  watcher.next = ({ cursor, json }) =>
    void names.push([cursor, JSON.parse(json!).data.ordered.order.buyer.name]);
  const membership = result.start(watcher);
  await everythingSettled();
  // Each response has another name of the person.
  let requests = 0;
  system.alter = (response) =>
    JSON.parse(JSON.stringify(response).replace('"Ada"', () => `"Ada ${(requests += 1)}"`));
  for (let n = 1; n <= EVENTS; n += 1) {
    system.upstream.last.sink.next({
      data: {
        ordered: {
          cursor: `c${n}`,
          order: { id: `o${n}`, buyer: { __typename: 'Person', id: 'p1' } },
          live__cursor: `c${n}`,
          live__sign0: { __typename: 'Order' },
        },
      },
    });
  }
  await everythingSettled();
  expect(requests).toBe(2);
  expect(names).toEqual(
    Array.from({ length: EVENTS }, (_, index) => [`c${index + 1}`, index === 0 ? 'Ada 1' : 'Ada 2']),
  );
  membership.leave();
});
