import { expect, test } from '@jest/globals';
import { templateNames } from './names.js';

test('derives the names of types, fields, files and tables', () => {
  expect(templateNames('old-orders')).toEqual({
    name: 'old-orders',
    PREFIX: 'OLD_ORDERS',
    Items: 'OldOrders',
    items: 'oldOrders',
    Item: 'OldOrder',
    item: 'oldOrder',
    one: 'old-order',
    table: 'old_orders',
    words: 'old orders',
    word: 'old order',
  });
});

test.each([
  ['companies', 'Company', 'companies'],
  ['boxes', 'Box', 'boxes'],
  ['billing', 'BillingItem', 'billingItems'],
  ['access', 'AccessItem', 'accessItems'],
])('gives %s the type %s and the field %s', (name, Item, items) => {
  expect(templateNames(name)).toMatchObject({ Item, items });
});
