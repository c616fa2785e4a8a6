import { describe, expect, test } from '@jest/globals';
import { ANONYMOUS, type AuthContext } from '@kit/auth';
import { Subscription } from '../subscriptions/subscription.js';
import { everythingSettled, ScriptedWatcher } from '../subscriptions/rooms/testing/scripted-watcher.js';
import {
  CheckedGateway,
  person,
  errorSummaries,
} from '../operation/authorization/testing/checked-gateway.js';
import { supergraphSdlOf } from '../operation/authorization/testing/open-subgraphs.js';
import { people, subgraphs } from '../operation/authorization/testing/people-and-orders.js';

const system = new CheckedGateway();

describe('a subscription', () => {
  const start = async (text: string, identity: AuthContext) => {
    const operation = await system.operations.run({ query: text }, { identity, requestId: 'r' });
    if (!(operation instanceof Subscription)) return { errors: errorSummaries(operation.errors) };
    const events: unknown[] = [];
    const watcher = new ScriptedWatcher();
    watcher.next = ({ json }) => void events.push(JSON.parse(json ?? 'null'));
    operation.start(watcher);
    await everythingSettled();
    return { events, watcher };
  };
  const send = async (tick: object) => {
    const ours = { live__cursor: '1', live__sign0: 'x', live__sign1: null, live__sign2: null };
    system.upstream.last.sink.next({ data: { ticks: { auth__typename: 'Tick', ...ours, ...tick } } });
    await everythingSettled();
  };

  test('with a forbidden root field is rejected before its upstream is opened', async () => {
    const before = system.upstream.asked.length;
    expect(await start('subscription { secrets { item } }', ANONYMOUS)).toEqual({
      errors: [['secrets', 'UNAUTHENTICATED', undefined]],
    });
    expect(system.upstream.asked.length).toBe(before);
  });

  test('has null and an error for each forbidden nested field in each event', async () => {
    const { events } = await start('subscription { ticks { item hint person { name email } } }', person('x'));
    expect(system.upstream.last.request.query).not.toContain('email');
    await send({
      item: 'i',
      hint: 'leaked',
      person: { auth__typename: 'Person', name: 'Ada', email: 'leaked' },
    });
    expect(events).toEqual([
      {
        data: { ticks: { item: 'i', hint: null, person: { name: 'Ada', email: null } } },
        errors: [
          expect.objectContaining({ path: ['ticks', 'hint'] }),
          expect.objectContaining({ path: ['ticks', 'person', 'email'] }),
        ],
      },
    ]);
  });

  test('follows requirements of a new schema: fields become null, or the subscription ends', async () => {
    const nested = await start('subscription { ticks { item } }', ANONYMOUS);
    await send({ item: 'open' });
    const root = await start('subscription { again: ticks { cursor } }', ANONYMOUS);
    const reload = async (from: string, to: string) => {
      const typeDefs = people.replace(from, to);
      expect(typeDefs).not.toBe(people);
      await system.gateway.reload(supergraphSdlOf({ ...subgraphs, people: { typeDefs } }));
      await system.operations.rooms.renew(system.gateway.version);
      await everythingSettled();
    };
    await reload('item: String', 'item: String @authenticated');
    await send({ item: 'hidden' });
    expect(nested.events).toMatchObject([
      { data: { ticks: { item: 'open' } } },
      { data: { ticks: { item: null } }, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] },
    ]);
    expect(root.watcher?.seen).toEqual([]);
    await reload('bookmarks: Boolean = false): Tick!', 'bookmarks: Boolean = false): Tick! @authenticated');
    for (const { watcher } of [nested, root]) {
      expect(watcher?.seen).toEqual(['rejected SUBSCRIPTION_SCHEMA_RELOAD']);
    }
  });
});
