import { ANONYMOUS } from '@kit/auth';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { addSubscriber, type AddedSubscriber } from '../testing/additions.js';
import { EDITOR, READER } from '../testing/callers.js';
import { withService } from '../testing/with-service.js';

const BY_ID = 'query ($key: ID!) { found: subscriber(id: $key) { id email } }';
const BY_EMAIL = 'query ($key: String!) { found: subscriberByEmail(email: $key) { id email } }';

describe('one subscriber', () => {
  const running = withService();
  let ann: AddedSubscriber;
  beforeAll(async () => {
    ann = (await addSubscriber(running.service, { email: 'Ann@Bücher.example' })).subscriber!;
  });
  const find = async (query: string, key: string) => {
    const { data, errors } = await running.service.request<{ found: unknown }>(query, {
      variables: { key },
      as: READER,
    });
    expect(errors).toBeUndefined();
    return data!.found;
  };

  test('is found by id', async () => {
    expect(await find(BY_ID, ann.id)).toEqual({ id: ann.id, email: 'Ann@Bücher.example' });
    expect(await find(BY_ID, ann.id.toUpperCase())).toEqual({ id: ann.id, email: 'Ann@Bücher.example' });
  });

  test.each([
    '0199d0a0-0000-7000-8000-000000000000',
    'malformed',
    '',
    '\0',
    '\ud800',
    "'; --",
    'x'.repeat(100_000),
  ])('is null for an unknown or malformed id: %#', async (id) => {
    expect(await find(BY_ID, id)).toBeNull();
  });

  test.each(['Ann@Bücher.example', ' ann@BÜCHER.example ', 'ANN@xn--bcher-kva.example'])(
    'is found by the address %j',
    async (email) => {
      expect(await find(BY_EMAIL, email)).toEqual({ id: ann.id, email: 'Ann@Bücher.example' });
    },
  );

  test.each([
    'unknown@example.com',
    'malformed',
    '',
    'a\0@example.com',
    '\ud800@example.com',
    'x'.repeat(1_000_000),
  ])('is null for an unknown or malformed address: %#', async (email) => {
    expect(await find(BY_EMAIL, email)).toBeNull();
  });

  test.each([
    ['an anonymous client', ANONYMOUS, 'UNAUTHENTICATED'],
    ['a user without the scope', { ...EDITOR, scopes: new Set(['subscribers:write']) }, 'FORBIDDEN'],
  ])('is hidden from %s', async (_, as, code) => {
    for (const query of [BY_ID, BY_EMAIL]) {
      const { data, errors } = await running.service.request(query, { variables: { key: ann.id }, as });
      expect(data).toEqual({ found: null });
      expect(errors).toMatchObject([{ path: ['found'], extensions: { code } }]);
    }
    const { data, errors } = await running.service.request('{ subscribers { totalCount { value } } }', {
      as,
    });
    expect(data).toEqual({ subscribers: null });
    expect(errors).toMatchObject([{ extensions: { code } }]);
  });
});
