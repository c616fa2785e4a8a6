import { describe, expect, test } from '@jest/globals';
import { addSubscriber } from '../../testing/additions.js';
import { caller, EDITOR } from '../../testing/callers.js';
import { change, subscriberOf } from '../../testing/changes.js';
import { tablesWith } from '../../testing/dump.js';
import { confirmSubscription, subscribe, unsubscribeSubscriber } from '../../testing/sign-ups.js';
import { confirmationTokenIn, withMailbox } from '../../testing/with-mailbox.js';

const ERASER = caller('0199d0a0-0000-7000-8000-00000000000d', [
  'subscribers:read',
  'subscribers:write',
  'subscribers:erase',
]);

describe('eraseSubscriber', () => {
  const running = withMailbox({ SIGN_UP_ATTRIBUTES: 'nick' });
  const erase = (input: object, as = ERASER) => change(running.service, 'eraseSubscriber', input, as);
  const added = async (input: { readonly email: string } & Record<string, unknown>) =>
    (await addSubscriber(running.service, input)).subscriber!.id;

  test('removes all personal data of a long life from every table and from the log', async () => {
    const { service, smtp } = running;
    const { database } = service;
    const email = 'Zephyrine.Quux@Example.com';
    const id = await added({
      email,
      name: 'Zephyrine Quux',
      requireConfirmation: true,
      consentText: 'Zephyrine said yes',
      idempotencyKey: 'once',
      tags: ['vip'],
    });
    await running.settled();
    await change(service, 'updateSubscriber', { id, attributes: { nick: 'Zephyrine' } });
    await confirmSubscription(service, confirmationTokenIn(smtp.mails.at(-1)!));
    await change(service, 'reportDelivery', { email, report: 'HARD_BOUNCE', diagnostic: 'no Quux here' });
    await unsubscribeSubscriber(service, { id, reason: 'Zephyrine called' });
    await running.letTimePass('2 hours');
    await subscribe(service, { email, name: 'Zephyrine', attributes: { nick: 'Quux' } });
    await running.settled();
    await database.query(
      `INSERT INTO address_repairs (id, found, done, merged_into, removed_row, previous_normalized)
       VALUES (gen_random_uuid(), 'DUPLICATE', 'MERGED', $1, '{"name": "Zephyrine"}', 'quux')`,
      [id],
    );
    expect(await tablesWith(database, /zephyrine|quux/i)).toEqual([
      'address_repairs',
      'mail_jobs',
      'sign_ups',
      'subscriber_history',
      'subscribers',
    ]);
    const personal = 'SELECT FROM idempotency_keys WHERE subscriber_id = $1';
    expect(await database.query(personal, [id])).toHaveLength(1);

    const { subscriber, userErrors } = await erase({ id, reason: 'a request by letter' });
    expect(userErrors).toEqual([]);
    expect(subscriber).toMatchObject({
      id,
      email: null,
      name: null,
      status: 'ERASED',
      tags: [],
      attributes: {},
    });
    expect(await tablesWith(database, /zephyrine|quux/i)).toEqual([]);
    expect(await database.query(personal, [id])).toEqual([]);
    expect(service.log.join('\n')).not.toMatch(/zephyrine|quux/i);
    expect(subscriber!.history.nodes.map(({ kind, reason }) => [kind, reason])).toEqual([
      ['ERASED', 'a request by letter'],
      ['UNSUBSCRIBED', null],
      ['BOUNCED', null],
      ['CONFIRMED', null],
      ['UPDATED', null],
      ['ADDED', null],
    ]);
    // The service may add the changes up at any time.
    expect(
      await database.query(
        `SELECT sum(n) FROM (SELECT tag, subscribers AS n FROM tag_counts
           UNION ALL SELECT tag, delta FROM tag_changes) AS parts WHERE tag = 'vip' HAVING sum(n) <> 0`,
      ),
    ).toEqual([]);
  });

  test('removes an earlier address when it changes', async () => {
    const { service } = running;
    const id = await added({ email: 'Earlier.One@example.com', requireConfirmation: true });
    await running.settled();
    expect(await tablesWith(service.database, /earlier\.one/i)).toEqual(['mail_jobs', 'subscribers']);
    await change(service, 'updateSubscriber', { id, email: 'later@example.com' });
    expect(await tablesWith(service.database, /earlier\.one/i)).toEqual([]);
    expect(service.log.join('\n')).not.toMatch(/earlier\.one/i);
  });

  test('keeps the address suppressed, until its owner confirms a new sign-up', async () => {
    const { service, smtp } = running;
    const email = 'back@example.com';
    const id = await added({ email });
    const other = await added({ email: 'other@example.com' });
    await erase({ id });
    expect(await addSubscriber(service, { email: 'Back@example.com' })).toMatchObject({
      subscriber: null,
      userErrors: [{ code: 'SUPPRESSED', existing: null }],
    });
    expect(await change(service, 'updateSubscriber', { id: other, email })).toMatchObject({
      userErrors: [{ code: 'SUPPRESSED', existing: null }],
    });
    await subscribe(service, { email });
    await running.settled();
    const token = confirmationTokenIn(smtp.mails.at(-1)!);
    expect(await confirmSubscription(service, token)).toMatchObject({ confirmed: true });
    const again = await addSubscriber(service, { email });
    expect(again).toMatchObject({ created: false, subscriber: { status: 'ACTIVE' } });
    expect(again.subscriber!.id).not.toBe(id);
    expect(await subscriberOf(service, id)).toMatchObject({ status: 'ERASED', email: null });
  });

  test('changes nothing the second time', async () => {
    const id = await added({ email: 'twice@example.com' });
    const both = await Promise.all([erase({ id }), erase({ id })]);
    for (const { subscriber } of [...both, await erase({ id, reason: 'again' })]) {
      expect(subscriber).toMatchObject({ status: 'ERASED', revision: 2 });
      expect(subscriber!.history.nodes.map(({ kind }) => kind)).toEqual(['ERASED', 'ADDED']);
    }
  });

  test.each([
    ['an address', 'asked by ann.smith@example.com'],
    ['a full-width address', 'ＡＮＮ．ＳＭＩＴＨ＠example.com'],
    ['the local part', 'Ann.Smith asked'],
    ['a part of the name', 'Ms. SMITH asked'],
    ['too many characters', 'x'.repeat(501)],
    ['a control character', 'a\u0000b'],
  ])('rejects a reason with %s', async (_, reason) => {
    const { subscriber } = await addSubscriber(running.service, {
      email: 'Ann.Smith@example.com',
      name: 'Ann Smith',
    });
    expect((await erase({ id: subscriber!.id, reason })).userErrors).toMatchObject([
      { code: 'INVALID_INPUT', field: ['input', 'reason'] },
    ]);
    expect(await subscriberOf(running.service, subscriber!.id)).toMatchObject({ status: 'ACTIVE' });
  });

  test('takes a short local part in a reason for a word', async () => {
    const id = await added({ email: 'a@example.com' });
    expect(await erase({ id, reason: 'a request by letter' })).toMatchObject({
      subscriber: { status: 'ERASED' },
      userErrors: [],
    });
  });

  test('finds no unknown or malformed id, and requires the scope', async () => {
    for (const id of ['0199d0a0-0000-7000-8000-000000000099', 'x']) {
      expect((await erase({ id })).userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
    }
    const id = await added({ email: 'kept@example.com' });
    await expect(erase({ id }, EDITOR)).rejects.toThrow('FORBIDDEN');
  });

  test('leaves no address behind when additions and changes run at the same time', async () => {
    const { service } = running;
    for (let round = 0; round < 5; round += 1) {
      const email = `racer${round}@example.com`;
      const [id, other] = [await added({ email }), await added({ email: `second${round}@example.com` })];
      await Promise.all([
        erase({ id }),
        addSubscriber(service, { email, idempotencyKey: `race ${round}` }),
        change(service, 'updateSubscriber', { id, name: 'Racer', addTags: ['seen'] }),
        change(service, 'updateSubscriber', { id: other, email }),
      ]);
    }
    expect(await tablesWith(service.database, /racer/i)).toEqual([]);
  });
});
