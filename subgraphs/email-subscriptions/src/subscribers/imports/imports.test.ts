import { describe, expect, test } from '@jest/globals';
import { addSubscriber } from '../../testing/additions.js';
import { importFile, IMPORTER, rejectedRows } from '../../testing/imports.js';
import { row, store } from '../../testing/rows.js';
import { confirmSubscription } from '../../testing/sign-ups.js';
import { withService } from '../../testing/with-service.js';
import { issueConfirmationToken } from '../confirmation/confirmation-tokens.js';

const NO_ROWS = { added: 0, updated: 0, unchanged: 0, suppressed: 0, rejected: 0, problem: null };

describe('an import', () => {
  const running = withService();
  const list = (suffix: string) =>
    running.service.database.query(
      `SELECT email, name, status, tags, attributes, source, added_by, added_at, confirmed_at, unsubscribed_at, consent,
              revision
         FROM subscribers WHERE email LIKE $1 ORDER BY email`,
      [`%${suffix}`],
    ) as Promise<Record<string, unknown>[]>;
  const eventsOf = async (suffix: string) => {
    await running.service.settled();
    return running.service.database.query(
      `SELECT type, detail, count(*)::int FROM event_log JOIN subscribers ON subject_id = subscribers.id
        WHERE email LIKE $1 GROUP BY 1, 2 ORDER BY 1, 2::text`,
      [`%${suffix}`],
    ) as Promise<Record<string, unknown>[]>;
  };

  test('adds the rows of a file with their details, and records their events', async () => {
    const file = `email,name,tags,attribute.city,status,added_at,confirmed_at,unsubscribed_at
ann@one.example,Ann,"news,""Paris, France""",Bern,,2020-01-02T03:04:05.678Z,2020-01-03,
bob@one.example,,,,UNSUBSCRIBED,,,2021-05-06T07:08:09Z
cid@one.example,,,,pending,,,
`;
    const done = await importFile(running.service, file, { tags: ['old list'], consentText: 'at the fair' });
    expect(done).toMatchObject({
      ...NO_ROWS,
      status: 'FINISHED',
      rowsRead: 3,
      added: 3,
      bytesRead: file.length,
      bytesTotal: file.length,
    });
    const common = {
      source: 'IMPORT',
      added_by: IMPORTER.viewer.userId,
      revision: 1,
      consent: expect.objectContaining({
        method: 'STATED_BY_IMPORT',
        origin: 'list.csv',
        text: 'at the fair',
      }),
    };
    expect(await list('@one.example')).toEqual([
      {
        ...common,
        email: 'ann@one.example',
        name: 'Ann',
        status: 'ACTIVE',
        tags: ['Paris, France', 'news', 'old list'],
        attributes: { city: 'Bern' },
        added_at: new Date('2020-01-02T03:04:05.678Z'),
        confirmed_at: new Date('2020-01-03T00:00:00Z'),
        unsubscribed_at: null,
      },
      expect.objectContaining({
        ...common,
        email: 'bob@one.example',
        status: 'UNSUBSCRIBED',
        unsubscribed_at: new Date('2021-05-06T07:08:09Z'),
      }),
      expect.objectContaining({ ...common, email: 'cid@one.example', status: 'PENDING', tags: ['old list'] }),
    ]);
    expect(await eventsOf('@one.example')).toEqual([
      { type: 'subscriber.added', detail: { before: null, after: 'ACTIVE' }, count: 1 },
      { type: 'subscriber.added', detail: { before: null, after: 'PENDING' }, count: 1 },
      { type: 'subscriber.added', detail: { before: null, after: 'UNSUBSCRIBED' }, count: 1 },
    ]);
  });

  test('keeps the first row of an address, and skips addresses on the list', async () => {
    await addSubscriber(running.service, { email: 'old@two.example', name: 'Old' });
    const file = `E-Mail;Name
ann@two.example;First
"Ann"@two.example;Second
 ANN@TWO.EXAMPLE ;Third
Old@two.example;New
`;
    expect(await importFile(running.service, file)).toMatchObject({
      ...NO_ROWS,
      rowsRead: 4,
      added: 1,
      unchanged: 3,
    });
    expect(await list('@two.example')).toMatchObject([{ name: 'First' }, { name: 'Old' }]);
  });

  test('with UPDATE changes name, tags and attributes, restricts, and revives nobody', async () => {
    await store(running.service.database, [
      row({ email: 'active@three.example', name: 'Old', tags: ['a'], attributes: { x: 1, y: 2 } }),
      row({ email: 'same@three.example', name: 'Same', tags: ['a', 'b'] }),
      row({ email: 'left@three.example', status: 'UNSUBSCRIBED', name: 'Left' }),
      row({ email: 'leaves@three.example' }),
      row({ email: 'complains@three.example', status: 'UNSUBSCRIBED' }),
      row({ email: 'full@three.example', tags: Array.from({ length: 100 }, (_, n) => `t${n}`) }),
    ]);
    const file = `email,name,tags,attributes,status
active@three.example,New,b,"{""y"":3,""z"":""4""}",
active@three.example,Again,c,,
same@three.example,Same,a,,ACTIVE
left@three.example,New,,,ACTIVE
leaves@three.example,Leaves,,,UNSUBSCRIBED
complains@three.example,,,,COMPLAINED
full@three.example,,more,,
new@three.example,New,,,
`;
    const done = await importFile(running.service, file, { onExisting: 'UPDATE' });
    expect(done).toMatchObject({
      status: 'FINISHED',
      rowsRead: 8,
      added: 1,
      updated: 3,
      unchanged: 2,
      suppressed: 1,
      rejected: 1,
    });
    expect(await list('@three.example')).toMatchObject([
      { name: 'New', tags: ['a', 'b'], attributes: { x: 1, y: 3, z: '4' }, revision: 2 },
      { status: 'COMPLAINED', revision: 2 },
      { email: 'full@three.example', revision: 1 },
      { email: 'leaves@three.example', name: 'Leaves', status: 'UNSUBSCRIBED', revision: 3 },
      { email: 'left@three.example', name: 'Left', status: 'UNSUBSCRIBED', revision: 1 },
      { email: 'new@three.example' },
      { email: 'same@three.example', revision: 1 },
    ]);
    expect(await rejectedRows(running.service, done.id)).toEqual([
      {
        line: 8,
        column: null,
        code: 'INVALID_INPUT',
        message: expect.stringContaining('100 tags'),
        value: null,
      },
    ]);
    expect(
      await running.service.database.query(
        `SELECT h.kind, h.changed, h.source, h.by_user, h.revision FROM subscriber_history AS h JOIN subscribers AS s
           ON s.id = h.subscriber_id WHERE s.email = 'active@three.example'`,
      ),
    ).toEqual([
      {
        kind: 'UPDATED',
        changed: ['name', 'tags', 'attributes'],
        source: 'IMPORT',
        by_user: IMPORTER.viewer.userId,
        revision: 2,
      },
    ]);
    expect(await eventsOf('@three.example')).toEqual([
      { type: 'subscriber.added', detail: { before: null, after: 'ACTIVE' }, count: 1 },
      { type: 'subscriber.complained', detail: { before: 'UNSUBSCRIBED', after: 'COMPLAINED' }, count: 1 },
      { type: 'subscriber.unsubscribed', detail: { before: 'ACTIVE', after: 'UNSUBSCRIBED' }, count: 1 },
      { type: 'subscriber.updated', detail: { before: 'ACTIVE', after: 'ACTIVE' }, count: 2 },
    ]);
  });

  test('with UPDATE changes ten thousand subscribers', async () => {
    const rows = (name: string) =>
      `email,name,tags\n${Array.from({ length: 10_000 }, (_, n) => `u${n}@many.example,${name},${name}\n`).join('')}`;
    await importFile(running.service, rows('one'));
    const done = await importFile(running.service, rows('two'), { onExisting: 'UPDATE' });
    expect(done).toMatchObject({ status: 'FINISHED', updated: 10_000 });
    expect(await list('u9999@many.example')).toMatchObject([
      { name: 'two', tags: ['one', 'two'], revision: 2 },
    ]);
  });

  test('with a status withdraws the links of earlier confirmation mails', async () => {
    const { database } = running.service;
    const pending = row({ email: 'pending@links.example', status: 'PENDING' });
    await store(database, [pending]);
    const token = await issueConfirmationToken(database.manager, {
      subscriberId: pending.id,
      signUpId: null,
    });
    const file = 'email,status\npending@links.example,UNSUBSCRIBED\n';
    expect(await importFile(running.service, file, { onExisting: 'UPDATE' })).toMatchObject({ updated: 1 });
    expect(await confirmSubscription(running.service, token)).toMatchObject({ confirmed: false });
    expect(await list('@links.example')).toMatchObject([{ status: 'UNSUBSCRIBED' }]);
  });

  test('as a dry run reports the same and changes nothing', async () => {
    await store(running.service.database, [
      row({ email: 'old@four.example', name: 'Old' }),
      row({ email: 'left@four.example', status: 'UNSUBSCRIBED' }),
    ]);
    const file =
      'email,name\nnew@four.example,\nNew@four.example,\nold@four.example,New\nleft@four.example,New\nbad,\n';
    const input = { onExisting: 'UPDATE' };
    const dry = await importFile(running.service, file, { ...input, dryRun: true });
    expect(await list('@four.example')).toMatchObject([{ revision: 1 }, { name: 'Old', revision: 1 }]);
    const { id: _, finishedAt: __, ...wet } = await importFile(running.service, file, input);
    expect(wet).toMatchObject({ added: 1, updated: 1, unchanged: 1, suppressed: 1, rejected: 1 });
    expect(dry).toMatchObject(wet);
  });

  test('leaves nothing of the file behind', async () => {
    await importFile(running.service, 'email\nann@five.example\n', { onExisting: 'UPDATE' });
    expect(await running.service.database.query('SELECT n FROM import_chunks')).toEqual([]);
    expect(
      await running.service.database.query(
        `SELECT relname FROM pg_class WHERE relkind = 'r' AND starts_with(relname, 'import_addresses_')`,
      ),
    ).toEqual([]);
  });
});
