import { describe, expect, test } from '@jest/globals';
import { addSubscriber } from '../../testing/additions.js';
import { READER, ROOM } from '../../testing/callers.js';
import { change, subscriberOf } from '../../testing/changes.js';
import { row, store } from '../../testing/rows.js';
import { withService } from '../../testing/with-service.js';
import { SuppressionEntity } from '../keys/suppression.entity.js';
import { SubscriberKeys } from '../keys/subscriber-keys.js';
import { SubscriberEntity } from '../subscriber.entity.js';
import { SUBSCRIBER_SECRET } from '../../testing/running-service.js';

describe('updateSubscriber', () => {
  const running = withService();
  const update = (input: object, as?: typeof ROOM) => change(running.service, 'updateSubscriber', input, as);
  const added = async (input: object) => (await addSubscriber(running.service, input)).subscriber!;
  const jobs = (emailNormalized: string) =>
    running.service.database.query<object[]>('SELECT FROM mail_jobs WHERE email_normalized = $1', [
      emailNormalized,
    ]);
  const events = async (id: string) => {
    await running.service.settled();
    return running.service.database.query<object[]>(
      'SELECT type, detail FROM event_log WHERE subject_id = $1 ORDER BY seq',
      [id],
    );
  };

  test('changes what is given, leaves the rest, and records it', async () => {
    const { id } = await added({ email: 'ann@example.com', name: 'Ann', tags: ['a', 'b'] });
    const { subscriber, userErrors } = await update({
      id,
      addTags: ['c'],
      removeTags: ['a'],
      attributes: { city: 'Bern' },
    });
    expect(userErrors).toEqual([]);
    expect(subscriber).toMatchObject({
      email: 'ann@example.com',
      name: 'Ann',
      status: 'ACTIVE',
      tags: ['b', 'c'],
      attributes: { city: 'Bern' },
      revision: 2,
      history: { nodes: [{ kind: 'UPDATED', changed: ['tags', 'attributes'] }, { kind: 'ADDED' }] },
    });
    expect(await events(id)).toEqual([
      { type: 'subscriber.added', detail: { before: null, after: 'ACTIVE' } },
      { type: 'subscriber.updated', detail: { before: 'ACTIVE', after: 'ACTIVE' } },
    ]);
    expect(
      (await update({ id, name: ' Anna ', attributes: { city: null, age: 3 } })).subscriber,
    ).toMatchObject({ name: 'Anna', tags: ['b', 'c'], attributes: { age: 3 }, revision: 3 });
  });

  test.each([null, '', '  '])('removes the name with %j', async (name) => {
    const { id } = await added({ email: `bob${String(name).length}@example.com`, name: 'Bob' });
    expect((await update({ id, name })).subscriber).toMatchObject({ name: null, revision: 2 });
  });

  test('makes no revision, history or event if nothing changes', async () => {
    const { id } = await added({ email: 'cid@example.com', name: 'Cid', tags: ['a'], attributes: { n: 0 } });
    const { subscriber } = await update({
      id,
      name: 'Cid',
      email: 'cid@example.com',
      addTags: ['a'],
      removeTags: ['z'],
      attributes: { n: -0, gone: null },
    });
    expect(subscriber).toMatchObject({ revision: 1, history: { nodes: [{ kind: 'ADDED' }] } });
    expect(await events(id)).toHaveLength(1);
  });

  test('rejects invalid values, all at once and without a change', async () => {
    const { id } = await added({ email: 'dan@example.com' });
    const { subscriber, userErrors } = await update({
      id,
      name: 'x'.repeat(201),
      email: 'no address',
      addTags: ['\n'],
      removeTags: [''],
      attributes: { x: 'x'.repeat(17_000) },
    });
    expect(subscriber).toBeNull();
    expect(userErrors.map(({ code, field }) => [code, field![1]])).toEqual([
      ['INVALID_INPUT', 'name'],
      ['INVALID_EMAIL', 'email'],
      ['INVALID_INPUT', 'addTags'],
      ['INVALID_INPUT', 'removeTags'],
      ['INVALID_INPUT', 'attributes'],
    ]);
    expect(await subscriberOf(running.service, id)).toMatchObject({ revision: 1 });
  });

  test('rejects numbers that JSON cannot have, and keeps names that JavaScript gives a meaning', async () => {
    const { id } = await added({ email: 'uma@example.com' });
    const updateWith = (attributes: string) =>
      running.service.request<{ updateSubscriber: { userErrors: unknown[] } }>(
        `mutation { updateSubscriber(input: { id: "${id}", attributes: ${attributes} }) { userErrors { code field } } }`,
      );
    expect((await updateWith('{ a: 1e400 }')).data!.updateSubscriber.userErrors).toEqual([
      { code: 'INVALID_INPUT', field: ['input', 'attributes'] },
    ]);
    await updateWith('{ __proto__: { x: 1 }, constructor: 2 }');
    await updateWith('{ a: 1 }');
    const { attributes } = await subscriberOf(running.service, id);
    expect(JSON.stringify(attributes)).toBe('{"a":1,"__proto__":{"x":1},"constructor":2}');
    await updateWith('{ __proto__: null, constructor: null }');
    expect(JSON.stringify((await subscriberOf(running.service, id)).attributes)).toBe('{"a":1}');
  });

  test('rejects more than 100 tags and 16 KiB of attributes after the change', async () => {
    const tags = Array.from({ length: 100 }, (_, n) => `t${n}`);
    const { id } = await added({ email: 'eve@example.com', tags, attributes: { a: 'x'.repeat(9_000) } });
    const { userErrors } = await update({ id, addTags: ['more'], attributes: { b: 'x'.repeat(9_000) } });
    expect(userErrors.map(({ code, field }) => [code, field![1]])).toEqual([
      ['INVALID_INPUT', 'addTags'],
      ['INVALID_INPUT', 'attributes'],
    ]);
    const { subscriber } = await update({
      id,
      addTags: ['more'],
      removeTags: ['t0'],
      attributes: { a: null, b: 'x'.repeat(9_000) },
    });
    expect(subscriber?.tags).toHaveLength(100);
  });

  test('rejects a change that is based on another revision, with the present subscriber', async () => {
    const { id } = await added({ email: 'fay@example.com' });
    const both = await Promise.all(['A', 'B'].map((name) => update({ id, name, expectedRevision: 1 })));
    const errors = both.flatMap(({ userErrors }) => userErrors);
    expect(errors).toMatchObject([
      { code: 'STALE_REVISION', field: ['input', 'expectedRevision'], existing: { id } },
    ]);
    expect(await subscriberOf(running.service, id)).toMatchObject({ revision: 2 });
  });

  test('loses no concurrent change', async () => {
    const { id } = await added({ email: 'gil@example.com' });
    const tags = Array.from({ length: 20 }, (_, n) => `t${n}`);
    await Promise.all(tags.map((tag) => update({ id, addTags: [tag] })));
    expect(await subscriberOf(running.service, id)).toMatchObject({
      tags: tags.toSorted(),
      revision: 21,
    });
  });

  test('does not find unknown, malformed and erased ids', async () => {
    const erased = row({ email: 'gone@example.com', status: 'ERASED' });
    await store(running.service.database, [erased]);
    for (const id of ['0199d0a0-0000-7000-8000-000000000099', 'x', erased.id]) {
      expect((await update({ id, name: 'A' })).userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
    }
  });

  test('requires the scope, and lets a program without a user edit', async () => {
    const { id } = await added({ email: 'hal@example.com' });
    await expect(update({ id, name: 'A' }, READER)).rejects.toThrow('FORBIDDEN');
    const { subscriber } = await update({ id, name: 'A' }, ROOM);
    expect(subscriber?.history.nodes[0]).toMatchObject({ kind: 'UPDATED', by: null });
  });

  describe('with an address', () => {
    test('makes the subscriber confirm the new one, and forgets mail to the old one', async () => {
      const old = row({ email: 'old@example.com', confirmedAt: new Date(), softBounces: 3 });
      await store(running.service.database, [old]);
      await running.service.database.query(
        `INSERT INTO mail_jobs (id, kind, email_normalized, created_at, next_attempt_at, done_at, outcome)
         VALUES (gen_random_uuid(), 'CONFIRMATION', 'old@example.com', now(), now(), now(), 'SENT')`,
      );
      const { subscriber } = await update({ id: old.id, email: ' New@Example.com ' });
      expect(subscriber).toMatchObject({
        email: 'New@Example.com',
        status: 'PENDING',
        confirmedAt: null,
        history: { nodes: [{ kind: 'UPDATED', changed: ['email'] }, { kind: 'ADDED' }] },
      });
      const stored = await running.service.database.getRepository(SubscriberEntity).findOneBy({ id: old.id });
      expect(stored).toMatchObject({ emailNormalized: 'new@example.com', softBounces: 0 });
      expect(await jobs('new@example.com')).toHaveLength(1);
      expect(await jobs('old@example.com')).toHaveLength(0);
    });

    test('needs no confirmation of another spelling', async () => {
      const { id } = await added({ email: 'ida@example.com' });
      expect((await update({ id, email: 'Ida@Example.com' })).subscriber).toMatchObject({
        email: 'Ida@Example.com',
        status: 'ACTIVE',
        history: { nodes: [{ changed: ['email'] }, { kind: 'ADDED' }] },
      });
      expect(await jobs('ida@example.com')).toHaveLength(0);
    });

    test('keeps an unsubscribed person unsubscribed, without a mail', async () => {
      const person = row({ email: 'jan@example.com', status: 'UNSUBSCRIBED' });
      await store(running.service.database, [person]);
      expect((await update({ id: person.id, email: 'jan2@example.com' })).subscriber).toMatchObject({
        status: 'UNSUBSCRIBED',
        email: 'jan2@example.com',
      });
      expect(await jobs('jan2@example.com')).toHaveLength(0);
    });

    test.each([
      ['ACTIVE', 'ALREADY_EXISTS'],
      ['UNSUBSCRIBED', 'SUPPRESSED'],
      ['COMPLAINED', 'SUPPRESSED'],
    ] as const)('rejects that of a subscriber who is %s with %s', async (status, code) => {
      const owner = row({ email: `${status}@example.com`, status });
      await store(running.service.database, [owner]);
      const { id } = await added({ email: `kim-${status}@example.com` });
      expect((await update({ id, email: `${status}@Example.com` })).userErrors).toMatchObject([
        { code, field: ['input', 'email'], existing: { id: owner.id } },
      ]);
    });

    test('rejects an erased one, without a subscriber and without a change', async () => {
      const keys = new SubscriberKeys({ SUBSCRIBER_SECRET, SUBSCRIBER_SECRETS_PREVIOUS: [] });
      await running.service.database
        .getRepository(SuppressionEntity)
        .insert({ hash: keys.addressHash('erased@example.com') });
      const { id } = await added({ email: 'leo@example.com' });
      expect((await update({ id, email: 'Erased@example.com', name: 'Leo' })).userErrors).toMatchObject([
        { code: 'SUPPRESSED', existing: null },
      ]);
      expect(await subscriberOf(running.service, id)).toMatchObject({ name: null, revision: 1 });
      expect(await jobs('erased@example.com')).toHaveLength(0);
    });

    test('is given to one of several who get it at the same time', async () => {
      const ids = await Promise.all(
        [1, 2, 3, 4].map(async (n) => (await added({ email: `race${n}@example.com` })).id),
      );
      const results = await Promise.all(ids.map((id) => update({ id, email: 'race@example.com' })));
      const errors = results.flatMap(({ userErrors }) => userErrors);
      const winner = results.find(({ subscriber }) => subscriber)!.subscriber!;
      expect(errors).toHaveLength(3);
      for (const error of errors) {
        expect(error).toMatchObject({ code: 'ALREADY_EXISTS', existing: { id: winner.id } });
      }
    });
  });
});
