import { expect, test } from '@jest/globals';
import { liveFields } from './live-fields.js';

test('defaults to the audience VIEWER', () => {
  const fields = liveFields(`
    type Query { other: Int @live(audience: SCOPES) }
    type Subscription @join__type(graph: A) {
      silent: Int
      default: Int @live
      viewer: Int @live(audience: VIEWER)
      scopes: Int @join__field(graph: A) @live(audience: SCOPES)
      text: Int @live(audience: "SOMETHING ELSE")
      other: Int @alive(audience: SCOPES)
    }
  `);
  expect(Object.fromEntries(fields)).toEqual({
    silent: 'VIEWER',
    default: 'VIEWER',
    viewer: 'VIEWER',
    scopes: 'SCOPES',
    text: 'VIEWER',
    other: 'VIEWER',
  });
});

test('returns an empty map for a supergraph without subscriptions', () => {
  expect(liveFields('type Query { a: Int }').size).toBe(0);
});
