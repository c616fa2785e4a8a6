import { describe, expect, test } from '@jest/globals';
import { ANONYMOUS } from '@kit/auth';
import { addSubscriber } from '../../testing/additions.js';
import { caller, EDITOR, READER, ROOM } from '../../testing/callers.js';
import { statementsOf } from '../../testing/statements.js';
import { withService } from '../../testing/with-service.js';
import { row, store } from '../../testing/rows.js';
import { SUBSCRIBER_SECRET } from '../../testing/running-service.js';
import { SubscriberKeys } from '../keys/subscriber-keys.js';
import { SuppressionEntity } from '../keys/suppression.entity.js';
import { SubscriberEntity } from '../subscriber.entity.js';

const FORM = 'The address must have the form name@example.com.';
const CONTROL = 'The address must not contain control characters.';
const UNSEEN = 'The address must not contain invisible or unassigned characters.';

const MUTATION = 'mutation ($input: AddSubscriberInput!) { addSubscriber(input: $input) { created } }';

const running = withService();

describe('addSubscriber', () => {
  const add = (input: object, as = EDITOR) => addSubscriber(running.service, input, as);
  const rows = (emailNormalized: string) =>
    running.service.database.getRepository(SubscriberEntity).countBy({ emailNormalized });

  test('adds an address as it was entered, without surrounding white space', async () => {
    const before = Date.now();
    const result = await add({ email: ' Ann@Example.COM\n', name: '  Ann Example ' });
    expect(result).toEqual({
      subscriber: {
        id: expect.stringMatching(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/),
        email: 'Ann@Example.COM',
        name: 'Ann Example',
        status: 'ACTIVE',
        addedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        addedBy: { id: EDITOR.viewer.userId },
      },
      created: true,
      userErrors: [],
    });
    const addedAt = Date.parse(result.subscriber!.addedAt);
    expect(addedAt).toBeGreaterThanOrEqual(before);
    expect(addedAt).toBeLessThanOrEqual(Date.now());
  });

  test('returns the existing subscriber for another spelling of case or domain', async () => {
    const { subscriber } = await add({ email: 'Zoë@Bücher.example', name: 'Zoë' });
    for (const email of ['zoë@bücher.example', 'ZOË@xn--bcher-kva.EXAMPLE', 'Zoe\u0308@BÜCHER.example']) {
      expect(await add({ email, name: 'another name' })).toEqual({
        subscriber,
        created: false,
        userErrors: [],
      });
    }
    expect(await add({ email: 'zoë@bücher.example', onExisting: null })).toMatchObject({
      subscriber,
      created: false,
    });
  });

  test('returns the same subscriber for all spellings with the same normal form', async () => {
    for (const spellings of [
      ['"quoted"@example.com', 'quoted@example.com', 'ｑuoted@example．com'],
      ['ΑΝΑΣ@example.com', 'ανασ@example.com', 'ανας@example.com'],
      ['straße@example.com', 'STRASSE@example.com'],
    ]) {
      const { subscriber } = await add({ email: spellings[0]! });
      for (const email of spellings) expect((await add({ email })).subscriber).toEqual(subscriber);
    }
  });

  test('distinguishes addresses by +tags and dots', async () => {
    for (const email of ['dots@example.com', 'd.ots@example.com', 'dots+tag@example.com']) {
      expect(await add({ email })).toMatchObject({ created: true });
    }
  });

  test('returns ALREADY_EXISTS with onExisting FAIL', async () => {
    const { subscriber } = await add({ email: 'taken@example.com', onExisting: 'FAIL' });
    expect(await add({ email: 'TAKEN@example.com', onExisting: 'FAIL' })).toEqual({
      subscriber: null,
      created: false,
      userErrors: [
        {
          code: 'ALREADY_EXISTS',
          message: 'The address is already on the list.',
          field: ['input', 'email'],
          existing: { id: subscriber!.id },
        },
      ],
    });
  });

  test.each([
    ['text without an @', 'not an address', FORM],
    ['an empty text', '', FORM],
    [
      'a long local part',
      `${'a'.repeat(65)}@example.com`,
      'The part before the @ must have at most 64 bytes.',
    ],
    ['a megabyte', `${'a'.repeat(1_000_000)}@example.com`, 'The address must have at most 254 characters.'],
    ['a NUL character', 'a\0@example.com', CONTROL],
    ['a line break in quotes', '"a\nb"@example.com', CONTROL],
    ['half a surrogate pair', 'a\ud800@example.com', CONTROL],
    ['an invisible character', 'a\u200b@example.com', UNSEEN],
    ['a line separator', 'a\u2028b@example.com', UNSEEN],
    ['a query', 'real@example.com?src=web', 'The domain must not contain a query.'],
    ['a path', 'real@example.com/x', 'The domain must not contain a path.'],
    ['a fragment', 'real@example.com#x', 'The domain must not contain a fragment.'],
    ['a port', 'real@example.com:25', 'The domain must not contain a port.'],
  ])('rejects %s as an address without a query', async (_, email, message) => {
    let result: unknown;
    const statements = await statementsOf(running.service, async () => {
      result = await add({ email });
    });
    expect(result).toEqual({
      subscriber: null,
      created: false,
      userErrors: [
        {
          code: 'INVALID_EMAIL',
          message,
          field: ['input', 'email'],
          existing: null,
        },
      ],
    });
    expect(statements).toEqual([]);
  });

  test.each([
    ['name', 'x'.repeat(201)],
    ['name', 'a\0b'],
    ['name', 'a\nb'],
    ['name', 'half a surrogate pair \udc00'],
    ['name', '\u3164'],
    ['name', 'a\u202eb'],
    ['name', 'a\u2028b'],
    ['idempotencyKey', ''],
    ['idempotencyKey', 'x'.repeat(256)],
    ['idempotencyKey', 'a\0b'],
    ['idempotencyKey', '\ud800'],
  ])('rejects an invalid %s', async (field, value) => {
    const { userErrors, created } = await add({ email: 'not-added@example.com', [field]: value });
    expect(userErrors).toEqual([expect.objectContaining({ code: 'INVALID_INPUT', field: ['input', field] })]);
    expect(created).toBe(false);
    expect(await rows('not-added@example.com')).toBe(0);
  });

  test('finds an existing subscriber by an address that new subscribers may not have', async () => {
    const email = 'from\u200bbefore@example.com';
    const { subscriber } = await add({ email: 'from-before@example.com' });
    const stored = running.service.database.getRepository(SubscriberEntity);
    await stored.update({ id: subscriber!.id }, { email, emailNormalized: email, name: '\u202e' });
    const { data } = await running.service.request(
      'query ($email: String!) { subscriberByEmail(email: $email) { id email name } }',
      { as: EDITOR, variables: { email } },
    );
    expect(data).toEqual({ subscriberByEmail: { id: subscriber!.id, email, name: '\u202e' } });
    expect((await add({ email })).userErrors).toMatchObject([{ code: 'INVALID_EMAIL' }]);
  });

  test('returns all errors at once', async () => {
    const { userErrors } = await add({ email: 'no', name: 'x'.repeat(201), idempotencyKey: '' });
    expect(userErrors.map(({ code }) => code)).toEqual(['INVALID_EMAIL', 'INVALID_INPUT', 'INVALID_INPUT']);
  });

  test('accepts a name of 200 characters of any length in bytes, and stores null for an empty one', async () => {
    const name = '👩'.repeat(200);
    expect((await add({ email: 'long-name@example.com', name })).subscriber!.name).toBe(name);
    expect((await add({ email: 'no-name@example.com', name: '  ' })).subscriber!.name).toBeNull();
  });

  test('adds one row and returns created once for concurrent requests', async () => {
    for (let round = 0; round < 5; round += 1) {
      const spellings = ['a@race.example', 'A@race.example', 'a@RACE.example', 'A@RACE.EXAMPLE'];
      const results = await Promise.all(
        spellings.map((email) => add({ email: email.replace('@', `${round}@`) })),
      );
      expect(results.filter(({ created }) => created)).toHaveLength(1);
      expect(new Set(results.map(({ subscriber }) => subscriber!.id)).size).toBe(1);
      expect(results.flatMap(({ userErrors }) => userErrors)).toEqual([]);
      expect(await rows(`a${round}@race.example`)).toBe(1);
    }
  });

  test('requires the scope and a user', async () => {
    const variables = { input: { email: 'not-added@example.com' } };
    for (const [as, code] of [
      [ANONYMOUS, 'UNAUTHENTICATED'],
      [READER, 'FORBIDDEN'],
      [ROOM, 'UNAUTHENTICATED'],
    ] as const) {
      const { data, errors } = await running.service.request(MUTATION, { variables, as });
      expect(data).toEqual({ addSubscriber: null });
      expect(errors).toMatchObject([{ extensions: { code } }]);
    }
    expect(await rows('not-added@example.com')).toBe(0);
  });
});

describe('the details of a new subscriber', () => {
  const ADD = `mutation ($input: AddSubscriberInput!) { addSubscriber(input: $input) {
    subscriber { status tags attributes source revision updatedAt addedAt confirmedAt unsubscribedAt }
    created userErrors { code message field existing { id status } }
  } }`;
  const add = async (input: object) => {
    const { data, errors } = await running.service.request<{ addSubscriber: unknown }>(ADD, {
      variables: { input },
    });
    expect(errors).toBeUndefined();
    return data!.addSubscriber as { subscriber: { addedAt: string }; userErrors: { field: string[] }[] };
  };

  test('are stored: tags sorted and once, attributes without nulls', async () => {
    const { subscriber } = await add({
      email: 'details@example.com',
      tags: ['b', ' a ', 'b'],
      attributes: { plan: 'paid', seats: 3, none: null, nested: { none: null } },
    });
    expect(subscriber).toEqual({
      status: 'ACTIVE',
      tags: ['a', 'b'],
      attributes: { plan: 'paid', seats: 3, nested: { none: null } },
      source: 'USER',
      revision: 1,
      addedAt: subscriber.addedAt,
      updatedAt: subscriber.addedAt,
      confirmedAt: null,
      unsubscribedAt: null,
    });
  });

  test('can require a confirmation', async () => {
    const { subscriber } = await add({ email: 'pending@example.com', requireConfirmation: true });
    expect(subscriber).toMatchObject({ status: 'PENDING', confirmedAt: null });
  });

  test.each([
    ['tags', ['']],
    ['tags', ['x'.repeat(65)]],
    ['tags', ['a\nb']],
    ['tags', Array.from({ length: 101 }, (_, n) => `${n}`)],
    ['attributes', { ['x'.repeat(65)]: 1 }],
    ['attributes', { text: 'x'.repeat(16_384) }],
    ['attributes', { text: 'a\0b' }],
    ['attributes', { text: '\ud800' }],
    ['attributes', { list: [{ 'a\0': 1 }] }],
    ['attributes', { a: [[[[[[[[]]]]]]]] }],
    ['consentText', 'x'.repeat(2_001)],
    ['consentText', 'a\0b'],
  ])('must have valid %s', async (field, value) => {
    const { subscriber, userErrors } = await add({ email: 'not-added-2@example.com', [field]: value });
    expect(subscriber).toBeNull();
    expect(userErrors).toMatchObject([{ code: 'INVALID_INPUT', field: ['input', field] }]);
  });

  test.each(['UNSUBSCRIBED', 'COMPLAINED'] as const)(
    'do not revive a subscriber who is %s',
    async (status) => {
      const existing = row({ email: `${status}@example.com`, status });
      await store(running.service.database, [existing]);
      for (const onExisting of ['RETURN', 'FAIL']) {
        expect(await add({ email: existing.email, onExisting })).toMatchObject({
          subscriber: null,
          created: false,
          userErrors: [
            { code: 'SUPPRESSED', field: ['input', 'email'], existing: { id: existing.id, status } },
          ],
        });
      }
    },
  );

  test('are rejected for the address of an erased subscriber, without a trace of the attempt', async () => {
    const emailNormalized = 'erased@example.com';
    const keys = new SubscriberKeys({ SUBSCRIBER_SECRET, SUBSCRIBER_SECRETS_PREVIOUS: [] });
    const { database } = running.service;
    await database.getRepository(SuppressionEntity).insert({ hash: keys.addressHash(emailNormalized) });
    expect(await add({ email: 'Erased@example.com', idempotencyKey: 'for an erased one' })).toMatchObject({
      subscriber: null,
      created: false,
      userErrors: [{ code: 'SUPPRESSED', existing: null }],
    });
    expect(await database.getRepository(SubscriberEntity).countBy({ emailNormalized })).toBe(0);
    expect(
      await database.query('SELECT FROM idempotency_keys WHERE key = $1', ['for an erased one']),
    ).toEqual([]);
  });
});

describe('an idempotency key', () => {
  const add = (input: object, as = EDITOR) => addSubscriber(running.service, input, as);

  test('returns the first result to a retry', async () => {
    const input = { email: 'Retry@example.com', name: 'Re Try', idempotencyKey: 'key 1' };
    const first = await add(input);
    expect(first).toMatchObject({ created: true, userErrors: [] });
    expect(await add(input)).toEqual(first);
    expect(await add({ ...input, idempotencyKey: undefined })).toMatchObject({ created: false });
  });

  test('also returns the first result if the address already existed', async () => {
    await add({ email: 'was-there@example.com' });
    const returning = { email: 'was-there@example.com', idempotencyKey: 'key 2' };
    expect(await add(returning)).toMatchObject({ created: false, userErrors: [] });
    expect(await add(returning)).toMatchObject({ created: false, userErrors: [] });
    const failing = { ...returning, onExisting: 'FAIL', idempotencyKey: 'key 3' };
    const rejected = await add(failing);
    expect(rejected.userErrors).toMatchObject([{ code: 'ALREADY_EXISTS' }]);
    expect(await add(failing)).toEqual(rejected);
  });

  test.each([
    { email: 'Other@example.com' },
    { name: 'another name' },
    { onExisting: 'FAIL' },
    { tags: ['a'] },
    { attributes: { a: 1 } },
    { requireConfirmation: true },
    { consentText: 'at the fair' },
  ])('cannot be reused with another input: %j', async (change) => {
    const idempotencyKey = `reused ${JSON.stringify(change)}`;
    const input = {
      email: `first${idempotencyKey.length}${Object.keys(change)[0]}@example.com`,
      name: 'a name',
      idempotencyKey,
    };
    await add(input);
    expect(await add({ ...input, ...change })).toEqual({
      subscriber: null,
      created: false,
      userErrors: [
        {
          code: 'IDEMPOTENCY_KEY_REUSED',
          message: expect.any(String),
          field: ['input', 'idempotencyKey'],
          existing: null,
        },
      ],
    });
  });

  test('is separate for each viewer', async () => {
    const idempotencyKey = 'the same key';
    await add({ email: 'mine@example.com', idempotencyKey });
    const other = caller('0199d0a0-0000-7000-8000-00000000000f', [...EDITOR.scopes]);
    expect(await add({ email: 'ystatements@example.com', idempotencyKey }, other)).toMatchObject({
      created: true,
    });
  });

  test('may have 1 to 255 characters', async () => {
    for (const idempotencyKey of ['x'.repeat(255), '1']) {
      const input = { email: `key${idempotencyKey.length}@example.com`, idempotencyKey };
      expect(await add(input)).toEqual(await add(input));
    }
  });

  test('returns one result to concurrent requests', async () => {
    for (let round = 0; round < 5; round += 1) {
      const input = { email: `overtaken${round}@example.com`, idempotencyKey: `overtaken ${round}` };
      const [first, ...retries] = await Promise.all([add(input), add(input), add(input)]);
      expect(first.created).toBe(true);
      for (const retry of retries) expect(retry).toEqual(first);
    }
  });

  test('accepts one of two concurrent requests with different inputs', async () => {
    const add2 = (name: string) => add({ email: `${name}@race.example`, idempotencyKey: 'raced for' });
    const results = await Promise.all([add2('one'), add2('two')]);
    expect(results.map(({ userErrors }) => userErrors[0]?.code ?? 'added').sort()).toEqual([
      'IDEMPOTENCY_KEY_REUSED',
      'added',
    ]);
  });

  test('records the event in the statement that inserts the subscriber, and sends no notification in the transaction', async () => {
    const statements = await statementsOf(running.service, () =>
      addSubscriber(running.service, { email: 'noted@example.com' }),
    );
    const transaction = statements.slice(
      statements.indexOf('START TRANSACTION'),
      statements.indexOf('COMMIT') + 1,
    );
    expect(transaction).toEqual([
      'START TRANSACTION',
      expect.stringMatching(/INSERT INTO "subscribers"[^]*INSERT INTO outbox/),
      expect.stringMatching(/^SELECT .* FROM "suppressions"/),
      'COMMIT',
    ]);
    expect(statements.join(' ')).not.toMatch(/notify|lock/i);
  });

  test('does not wait for concurrent additions', async () => {
    const open = running.service.database.createQueryRunner();
    await open.startTransaction();
    await open.query(
      "INSERT INTO outbox (type, subject_id, occurred_at) VALUES ('subscriber.added', gen_random_uuid(), now())",
    );
    expect(await addSubscriber(running.service, { email: 'unhindered@example.com' })).toMatchObject({
      created: true,
    });
    await open.rollbackTransaction();
    await open.release();
  });
});
