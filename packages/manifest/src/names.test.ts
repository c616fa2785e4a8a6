import { expect, test } from '@jest/globals';
import { isSubgraphName, namesOf } from './names.js';

test('derives the names of variables and databases', () => {
  expect(namesOf('old-orders')).toEqual({
    variablePrefix: 'OLD_ORDERS',
    port: 'OLD_ORDERS_PORT',
    url: 'OLD_ORDERS_URL',
    secret: 'OLD_ORDERS_TXN_TOKEN_SECRET',
    readyUrl: 'OLD_ORDERS_READY_URL',
    subscriptions: 'OLD_ORDERS_SUBSCRIPTIONS',
    databaseUrl: 'OLD_ORDERS_DATABASE_URL',
    database: 'old_orders',
  });
});

test.each(['orders', 'old-orders', 'orders2'])('accepts the name %j', (name) => {
  expect(isSubgraphName(name)).toBe(true);
});

test.each(['', 'Orders', 'old_orders', '-orders', 'orders-', '2orders', 'old--orders', 'a b', '../a'])(
  'rejects the name %j',
  (name) => {
    expect(isSubgraphName(name)).toBe(false);
  },
);
