import { describe, expect, test } from '@jest/globals';
import { ANONYMOUS, type AuthContext } from '@kit/auth';
import { CheckedGateway, person } from '../operation/authorization/testing/checked-gateway.js';
import { mutations } from '../operation/authorization/testing/people-and-orders.js';

const system = new CheckedGateway();

const roomWith = (...scopes: string[]): AuthContext => ({ viewer: null, scopes: new Set(scopes) });

describe('a query to subgraphs that check nothing', () => {
  test('returns public fields to an anonymous caller, and null with an error for the others', async () => {
    expect(await system.query('{ secret me { name mail: email } }')).toEqual({
      data: { secret: null, me: { name: 'Ada', mail: null } },
      errors: [
        ['secret', 'UNAUTHENTICATED', undefined],
        ['me.mail', 'UNAUTHENTICATED', undefined],
      ],
    });
    expect(system.requests.join()).not.toMatch(/secret|email/);
  });

  test('returns the missing scopes in the error', async () => {
    expect(await system.query('{ secret me { pin } own { name } }', person('a', 'root'))).toEqual({
      data: { secret: null, me: null, own: { name: 'Ada' } },
      errors: [
        ['secret', 'FORBIDDEN', [['b']]],
        ['me.pin', 'FORBIDDEN', [['pin'], ['system']]],
      ],
    });
  });

  test('returns everything to a caller with the scopes, with or without a person', async () => {
    for (const auth of [person('a', 'b', 'pin'), roomWith('a', 'b', 'pin')]) {
      expect(await system.query('{ secret me { pin } own { name } }', auth)).toEqual({
        data: { secret: 'leaked', me: { pin: 1234 }, own: { name: 'Ada' } },
        errors: undefined,
      });
    }
  });

  test('has null in each list item, but only one error', async () => {
    expect(await system.query('{ people { email id } }')).toEqual({
      data: {
        people: [
          { email: null, id: '1' },
          { email: null, id: '2' },
        ],
      },
      errors: [['people.email', 'UNAUTHENTICATED', undefined]],
    });
  });

  test('calls no subgraph when nothing is visible, and propagates null', async () => {
    expect(await system.query('{ secret level }')).toMatchObject({ data: { secret: null, level: null } });
    expect(await system.query('{ me: own { name } }')).toMatchObject({ data: null });
    expect(system.requests).toEqual([]);
  });

  test('checks fields that other subgraphs contribute', async () => {
    expect(await system.query('{ me { name orders { id } count } }')).toMatchObject({
      data: { me: { name: 'Ada', orders: null, count: 1 } },
      errors: [['me.orders', 'UNAUTHENTICATED', undefined]],
    });
    system.requests.length = 0;
    expect(await system.query('{ me { name orders { id } } }')).toMatchObject({
      data: { me: { orders: null } },
    });
    expect(system.requests).toHaveLength(1);
  });

  test('requires on an interface what its implementations require', async () => {
    expect(await system.query('{ things { label } }')).toMatchObject({
      data: { things: [{ label: null }, { label: null }] },
    });
    expect(await system.query('{ things { ... on Cat { label } ... on Robot { label } } }')).toMatchObject({
      data: { things: [{ label: 'cat' }, { label: null }] },
      errors: [['things.label', 'UNAUTHENTICATED', undefined]],
    });
  });

  test('returns null for an object of a hidden type, including its `__typename`', async () => {
    expect(await system.query('{ hits { __typename ... on Spy { name } } }')).toMatchObject({
      data: { hits: [{ __typename: 'Cat' }, null] },
      errors: [['hits', 'UNAUTHENTICATED', undefined]],
    });
    expect(system.requests.join()).not.toContain('Spy');
  });

  test('removes unused variables and keeps conditions', async () => {
    const text = `query ($short: Boolean, $no: Boolean = false) {
      me { ...Mail name @include(if: $no) } ...Rest
    }
    fragment Mail on Person { email(short: $short) } fragment Rest on Query { secret @include(if: $no) }`;
    expect(await system.query(text, ANONYMOUS, { short: true })).toEqual({
      data: { me: { email: null } },
      errors: [['me.email', 'UNAUTHENTICATED', undefined]],
    });
    expect(system.requests.join()).not.toContain('$short');
  });

  test('accepts response keys that objects inherit or that the gateway adds', async () => {
    const text = '{ valueOf: secret constructor: me { toString: name auth__typename: email } }';
    const { data } = await system.query(text);
    expect(JSON.stringify(data)).toBe(
      '{"valueOf":null,"constructor":{"toString":"Ada","auth__typename":null}}',
    );
  });

  test('does not change introspection', async () => {
    const text =
      '{ secret __schema { queryType { ...T } } __type(name: "Person") { name } } fragment T on __Type { name }';
    expect(await system.query(text)).toMatchObject({
      data: { secret: null, __schema: { queryType: { name: 'Query' } }, __type: { name: 'Person' } },
    });
  });

  test('does not reuse the plan of a viewer with other rights', async () => {
    const text = '{ secret me { email } }';
    const expected = [null, 'leaked', null];
    for (const [n, auth] of [ANONYMOUS, person('a', 'b'), person('a')].entries()) {
      expect((await system.query(text, auth)).data).toEqual({ secret: expected[n], me: { email: null } });
    }
    expect((await system.query(text, person('a', 'b', 'mail'))).errors).toBeUndefined();
  });
});

test('a mutation executes only the permitted fields', async () => {
  expect(await system.query('mutation { drop }')).toMatchObject({ data: { drop: null } });
  expect(mutations.done).toBe(0);
  expect(await system.query('mutation { drop rename { pin } }')).toMatchObject({
    data: { drop: null, rename: null },
  });
  expect(mutations.done).toBe(1);
});
