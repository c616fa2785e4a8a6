import { newId } from '@kit/database';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { MailJobs, MailModule } from '@kit/mail';
import { createLogger } from '@kit/service';
import { defineSubgraph } from '@kit/subgraph';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SmtpCatcher } from '@supergraph/tools/smtp-catcher';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { waitUntil } from '@supergraph/tools/wait-until';
import { DataSource, type EntityManager } from 'typeorm';
import { variables } from '../config.js';
import { database } from '../database/database.js';
import { subgraph } from '../subgraph.js';
import { SubscriberEntity } from '../subscribers/subscriber.entity.js';
import { CURSOR_SECRET, SUBSCRIBER_SECRET } from '../testing/running-service.js';
import { TXN_TOKEN_SECRET } from '../testing/callers.js';
import { subscriberMail } from './subscriber-mail.js';

const [ADA, BOB] = ['ada@example.com', 'bob@example.com'];

/** The same subgraph with a letter. */
const withLetter = defineSubgraph({
  database,
  port: 0,
  variables,
  modules: (config) => [
    subscriberMail(config, {
      WELCOME: async (manager, emailNormalized) => {
        const subscriber = await manager.findOneBy(SubscriberEntity, { emailNormalized });
        return (
          subscriber && {
            to: subscriber.email!,
            subject: 'Welcome',
            text: 'You are on the list.',
            link: null,
          }
        );
      },
    }),
  ],
  start: (app) => app.get(MailModule).start(),
});

describe('mail to subscribers', () => {
  let testDatabase: TestDatabase;
  let smtp: SmtpCatcher;
  let app: NestFastifyApplication | undefined;
  beforeAll(async () => {
    smtp = await SmtpCatcher.start();
  });
  beforeEach(async () => {
    testDatabase = await createTestDatabase('email-subscriptions');
  });
  afterEach(async () => {
    await app?.close();
    app = undefined;
    await testDatabase.drop();
  });
  afterAll(() => smtp?.close());

  const environment = (own: Record<string, string> = {}) => ({
    DATABASE_URL: testDatabase.url,
    TXN_TOKEN_SECRET,
    CURSOR_SECRET,
    SUBSCRIBER_SECRET,
    ...own,
  });
  const silent = createLogger('email-subscriptions', 'silent');

  test('is sent if it was queued in a transaction that commits, and not if the transaction rolls back', async () => {
    app = await withLetter.create(
      withLetter.readConfig(environment({ SMTP_URL: smtp.url, MAIL_FROM: 'List <list@example.com>' })),
      silent,
    );
    const mail = app.get(MailJobs, { strict: false });
    const { manager } = app.get(DataSource);
    const welcome = async (inside: EntityManager, email: string) => {
      await inside.insert(SubscriberEntity, {
        id: newId(),
        email,
        emailNormalized: email,
        searchText: '',
        status: 'ACTIVE',
        addedAt: new Date(),
      });
      await mail.enqueue(inside, { kind: 'WELCOME', emailNormalized: email });
    };
    const rolledBack = manager.transaction(async (inside) => {
      await welcome(inside, BOB);
      throw new Error('the transaction does not commit');
    });
    await expect(rolledBack).rejects.toThrow('does not commit');
    await manager.transaction((inside) => welcome(inside, ADA));
    mail.wake();
    await waitUntil(() => smtp.to(ADA).length === 1);
    expect(smtp.mails).toEqual([
      expect.objectContaining({
        from: expect.stringContaining('<list@example.com>'),
        subject: 'Welcome',
        recipients: [ADA],
      }),
    ]);
    expect(await manager.query('SELECT kind, email_normalized FROM mail_jobs')).toEqual([
      { kind: 'WELCOME', email_normalized: ADA },
    ]);
  });

  test('waits while neither SMTP_URL nor MAIL_FOLDER is set, which the service logs', async () => {
    const log: string[] = [];
    const logger = createLogger('email-subscriptions', 'info', { write: (line) => log.push(line) });
    app = await subgraph.create(subgraph.readConfig(environment()), logger);
    const { manager } = app.get(DataSource);
    await app.get(MailJobs, { strict: false }).enqueue(manager, { kind: 'WELCOME', emailNormalized: ADA });
    expect(await manager.query('SELECT attempts, outcome FROM mail_jobs')).toEqual([
      { attempts: 0, outcome: null },
    ]);
    expect(log.filter((line) => line.includes('no mail is sent'))).toHaveLength(1);
  });

  test('is forgotten 31 days after it was sent, also without SMTP_URL and MAIL_FOLDER', async () => {
    app = await subgraph.create(subgraph.readConfig(environment()), silent);
    await app.get(DataSource).query(
      `INSERT INTO mail_jobs (id, kind, email_normalized, created_at, next_attempt_at, done_at, outcome)
         VALUES (gen_random_uuid(), 'WELCOME', $1, now(), now(), now() - interval '31 days', 'SENT')`,
      [ADA],
    );
    await app.close();
    app = await subgraph.create(subgraph.readConfig(environment()), silent);
    const { manager } = app.get(DataSource);
    await waitUntil(async () => (await manager.query('SELECT FROM mail_jobs')).length === 0);
  });

  test('needs a valid mail server and sender', () => {
    const faults = { SMTP_URL: 'mail.example.com', MAIL_FROM: 'nobody' };
    expect(() => subgraph.readConfig(environment(faults))).toThrow(
      /SMTP_URL is not a URL.*MAIL_FROM is not a sender such as Subscribers <no-reply@example.com>/s,
    );
  });
});
