import { describe, expect, test } from '@jest/globals';
import { addSubscriber } from '../../testing/additions.js';
import { READER, ROOM } from '../../testing/callers.js';
import { change, subscriberOf } from '../../testing/changes.js';
import { row, store } from '../../testing/rows.js';
import { confirmSubscription } from '../../testing/sign-ups.js';
import { withService } from '../../testing/with-service.js';
import { issueConfirmationToken } from '../confirmation/confirmation-tokens.js';

const MINUTE_MS = 60_000;
const ago = (minutes: number) => new Date(Date.now() - minutes * MINUTE_MS);

describe('reportDelivery', () => {
  const running = withService();
  const report = (input: object, as = ROOM) => change(running.service, 'reportDelivery', input, as);
  const stored = async (fields: Parameters<typeof row>[0]) => {
    const subscriber = row({ addedAt: ago(600), ...fields });
    await store(running.service.database, [subscriber]);
    return subscriber.id;
  };
  const kinds = async (id: string) =>
    (await subscriberOf(running.service, id)).history.nodes.map(({ kind }) => kind);

  test.each([
    ['HARD_BOUNCE', 'BOUNCED'],
    ['COMPLAINT', 'COMPLAINED'],
  ])('by %s makes the subscriber %s, once', async (kind, status) => {
    const email = `${status}@example.com`;
    const id = await stored({ email });
    for (const _ of [1, 2]) {
      const { subscriber, userErrors } = await report({
        email: ` ${email.toLowerCase()} `,
        report: kind,
        diagnostic: '550 5.1.1 unknown',
      });
      expect(userErrors).toEqual([]);
      expect(subscriber).toMatchObject({
        id,
        status,
        revision: 2,
        history: { nodes: [{ kind: status, reason: '550 5.1.1 unknown', by: null }, { kind: 'ADDED' }] },
      });
    }
  });

  test('counts soft bounces in a row, and a delivery resets them without a revision', async () => {
    const email = 'soft@example.com';
    const id = await stored({ email });
    const soft = () => report({ email, report: 'SOFT_BOUNCE' });
    for (let n = 1; n <= 4; n += 1) await soft();
    expect((await report({ email, report: 'DELIVERED' })).subscriber).toMatchObject({ revision: 1 });
    for (let n = 1; n <= 4; n += 1) expect((await soft()).subscriber).toMatchObject({ revision: 1 });
    expect((await soft()).subscriber).toMatchObject({ status: 'BOUNCED', revision: 2 });
    expect((await soft()).subscriber).toMatchObject({ status: 'BOUNCED', revision: 2 });
    expect(await kinds(id)).toEqual(['BOUNCED', 'ADDED']);
    await running.service.settled();
    expect(
      await running.service.database.query('SELECT type FROM event_log WHERE subject_id = $1', [id]),
    ).toEqual([{ type: 'subscriber.bounced' }]);
  });

  test('starts to count soft bounces again when the subscriber confirms', async () => {
    const email = 'again@example.com';
    const id = await stored({ email, status: 'PENDING' });
    for (let n = 1; n <= 5; n += 1) await report({ email, report: 'SOFT_BOUNCE' });
    expect((await subscriberOf(running.service, id)).status).toBe('BOUNCED');
    const token = await issueConfirmationToken(running.service.database.manager, {
      subscriberId: id,
      signUpId: null,
    });
    expect(await confirmSubscription(running.service, token)).toMatchObject({ confirmed: true });
    expect((await report({ email, report: 'SOFT_BOUNCE' })).subscriber).toMatchObject({ status: 'ACTIVE' });
  });

  test('counts concurrent soft bounces, each once', async () => {
    const email = 'together@example.com';
    const id = await stored({ email });
    await Promise.all([1, 2, 3, 4, 5, 6, 7].map(() => report({ email, report: 'SOFT_BOUNCE' })));
    expect(await kinds(id)).toEqual(['BOUNCED', 'ADDED']);
  });

  test('records a bounce and a complaint of an unsubscribed person, whose status stays above them', async () => {
    const email = 'left@example.com';
    const id = await stored({ email, status: 'UNSUBSCRIBED' });
    expect((await report({ email, report: 'HARD_BOUNCE' })).subscriber?.status).toBe('UNSUBSCRIBED');
    expect((await report({ email, report: 'COMPLAINT' })).subscriber?.status).toBe('COMPLAINED');
    await report({ email, report: 'HARD_BOUNCE' });
    expect(await kinds(id)).toEqual(['COMPLAINED', 'BOUNCED', 'ADDED']);
  });

  test.each([
    ['added', { addedAt: ago(10) }],
    ['confirmed', { confirmedAt: ago(10) }],
    ['changed', { status: 'PENDING', pendingSince: ago(10) }],
  ] as const)('ignores what happened before the address was %s', async (word, fields) => {
    const email = `before-${word}@example.com`;
    const id = await stored({ email, ...fields });
    for (const kind of ['HARD_BOUNCE', 'COMPLAINT', 'SOFT_BOUNCE']) {
      const { subscriber, userErrors } = await report({ email, report: kind, occurredAt: ago(11) });
      expect([subscriber?.revision, userErrors]).toEqual([1, []]);
    }
    await report({ email, report: 'HARD_BOUNCE', occurredAt: ago(9) });
    expect(await kinds(id)).toEqual(['BOUNCED', 'ADDED']);
  });

  test('accepts whole seconds', async () => {
    const email = 'seconds@example.com';
    await addSubscriber(running.service, { email });
    const occurredAt = `${new Date().toISOString().slice(0, 19)}Z`;
    expect((await report({ email, report: 'HARD_BOUNCE', occurredAt })).subscriber?.status).toBe('BOUNCED');
  });

  test('rejects the future, invalid addresses and unknown ones', async () => {
    await stored({ email: 'now@example.com' });
    const future = { email: 'now@example.com', report: 'HARD_BOUNCE', occurredAt: ago(-10) };
    for (const [input, code, field] of [
      [future, 'INVALID_INPUT', 'occurredAt'],
      [{ email: 'nowhere', report: 'HARD_BOUNCE' }, 'INVALID_EMAIL', 'email'],
      [{ email: 'unknown@example.com', report: 'HARD_BOUNCE' }, 'NOT_FOUND', 'email'],
    ] as const) {
      expect(await report(input)).toMatchObject({
        subscriber: null,
        userErrors: [{ code, field: ['input', field] }],
      });
    }
    await expect(report(future, { ...READER, viewer: null })).rejects.toThrow('FORBIDDEN');
  });
});
