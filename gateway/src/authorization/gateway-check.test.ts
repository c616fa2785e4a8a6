import { describe, expect, test } from '@jest/globals';
import { ANONYMOUS, type AuthContext } from '@supergraph/auth-context/auth-context';
import { CheckedGateway, person } from './testing/checked-gateway.js';
import { mutations } from './testing/people-and-orders.js';

const system = new CheckedGateway();

const roomWith = (...scopes: string[]): AuthContext => ({ viewer: null, scopes: new Set(scopes) });

describe('of a query, before subgraphs that would answer everything', () => {
  test('a stranger sees what is open; the rest is null, with the reason', async () => {
    expect(await system.query('{ secret me { name mail: email } }')).toEqual({
      data: { secret: null, me: { name: 'Ada', mail: null } },
      refused: [
        ['secret', 'UNAUTHENTICATED', undefined],
        ['me.mail', 'UNAUTHENTICATED', undefined],
      ],
    });
    expect(system.asked.join()).not.toMatch(/secret|email/);
  });

  test('somebody who lacks scopes is told which', async () => {
    expect(await system.query('{ secret me { pin } own { name } }', person('a', 'root'))).toEqual({
      data: { secret: null, me: null, own: { name: 'Ada' } },
      refused: [
        ['secret', 'FORBIDDEN', [['b']]],
        ['me.pin', 'FORBIDDEN', [['pin'], ['system']]],
      ],
    });
  });

  test('who has the scopes sees everything, person or not', async () => {
    for (const auth of [person('a', 'b', 'pin'), roomWith('a', 'b', 'pin')]) {
      expect(await system.query('{ secret me { pin } own { name } }', auth)).toEqual({
        data: { secret: 'leaked', me: { pin: 1234 }, own: { name: 'Ada' } },
        refused: undefined,
      });
    }
  });

  test('scopes without a person are authenticated', async () => {
    expect((await system.query('{ own { name } secret }', roomWith('x'))).refused).toEqual([
      ['secret', 'FORBIDDEN', [['a', 'b']]],
    ]);
  });

  test('in a list each item has its null, and there is one error', async () => {
    expect(await system.query('{ people { email id } }')).toEqual({
      data: {
        people: [
          { email: null, id: '1' },
          { email: null, id: '2' },
        ],
      },
      refused: [['people.email', 'UNAUTHENTICATED', undefined]],
    });
  });

  test('when nothing is left, no subgraph is called, and null bubbles', async () => {
    expect(await system.query('{ secret level }')).toMatchObject({ data: { secret: null, level: null } });
    expect(await system.query('{ me: own { name } }')).toMatchObject({ data: null });
    expect(system.asked).toEqual([]);
  });

  test('what other subgraphs join counts', async () => {
    expect(await system.query('{ me { name orders { id } count } }')).toMatchObject({
      data: { me: { name: 'Ada', orders: null, count: 1 } },
      refused: [['me.orders', 'UNAUTHENTICATED', undefined]],
    });
    system.asked.length = 0;
    expect(await system.query('{ me { name orders { id } } }')).toMatchObject({
      data: { me: { orders: null } },
    });
    expect(system.asked).toHaveLength(1);
  });

  test('an interface asks for what its types ask for', async () => {
    expect(await system.query('{ things { label } }')).toMatchObject({
      data: { things: [{ label: null }, { label: null }] },
    });
    expect(await system.query('{ things { ... on Cat { label } ... on Robot { label } } }')).toMatchObject({
      data: { things: [{ label: 'cat' }, { label: null }] },
      refused: [['things.label', 'UNAUTHENTICATED', undefined]],
    });
  });

  test('an object of a hidden type is null, its `__typename`, too', async () => {
    expect(await system.query('{ hits { __typename ... on Spy { name } } }')).toMatchObject({
      data: { hits: [{ __typename: 'Cat' }, null] },
      refused: [['hits', 'UNAUTHENTICATED', undefined]],
    });
    expect(system.asked.join()).not.toContain('Spy');
  });

  test('variables that nothing uses any more go, and conditions still hold', async () => {
    const text = `query ($short: Boolean, $no: Boolean = false) {
      me { ...Mail name @include(if: $no) } ...Rest
    }
    fragment Mail on Person { email(short: $short) } fragment Rest on Query { secret @include(if: $no) }`;
    expect(await system.query(text, ANONYMOUS, { short: true })).toEqual({
      data: { me: { email: null } },
      refused: [['me.email', 'UNAUTHENTICATED', undefined]],
    });
    expect(system.asked.join()).not.toContain('$short');
  });

  test('keys that objects inherit, or that we would use, are only keys', async () => {
    const text = '{ __proto__: secret constructor: me { toString: name auth__typename: email } }';
    const { data } = await system.query(text);
    expect(JSON.stringify(data)).toBe(
      '{"__proto__":null,"constructor":{"toString":"Ada","auth__typename":null}}',
    );
  });

  test('introspection is untouched', async () => {
    const text =
      '{ secret __schema { queryType { ...T } } __type(name: "Person") { name } } fragment T on __Type { name }';
    expect(await system.query(text)).toMatchObject({
      data: { secret: null, __schema: { queryType: { name: 'Query' } }, __type: { name: 'Person' } },
    });
  });

  test('the plan for one viewer is not the plan for the next', async () => {
    const text = '{ secret me { email } }';
    const expected = [null, 'leaked', null];
    for (const [n, auth] of [ANONYMOUS, person('a', 'b'), person('a')].entries()) {
      expect((await system.query(text, auth)).data).toEqual({ secret: expected[n], me: { email: null } });
    }
    expect((await system.query(text, person('a', 'b', 'mail'))).refused).toBeUndefined();
  });
});

test('of a mutation, what is forbidden does not happen, and what is not does', async () => {
  expect(await system.query('mutation { drop }')).toMatchObject({ data: { drop: null } });
  expect(mutations.done).toBe(0);
  expect(await system.query('mutation { drop rename { pin } }')).toMatchObject({
    data: { drop: null, rename: null },
  });
  expect(mutations.done).toBe(1);
});
