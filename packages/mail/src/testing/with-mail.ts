import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { SmtpCatcher, type CaughtMail } from '@supergraph/tools/smtp-catcher';
import { createEmptyDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { waitUntil } from '@supergraph/tools/wait-until';
import { DataSource } from 'typeorm';
import type { MailOptions } from '../mail-options.js';
import { MailJobEntity } from '../queue/mail-job.entity.js';
import { createMailJobs, indexMailJobAddresses } from '../queue/mail-jobs-table.js';
import { startMailService, type MailService } from './mail-service.js';

interface JobRow {
  readonly attempts: number;
  readonly outcome: string | null;
  /** The time until the next attempt, in seconds. */
  readonly waits_s: number;
}

/** A database with the queue and a mail server, for all tests of the surrounding `describe`. The queue starts empty. */
export function withMail() {
  let testDatabase: TestDatabase;
  let database: DataSource;
  let smtp: SmtpCatcher;
  /** It has no mail server. */
  let requester: MailService;
  const services = new Set<MailService>();
  const wake = () => services.forEach(({ jobs }) => jobs.wake());
  beforeAll(async () => {
    smtp = await SmtpCatcher.start();
    testDatabase = await createEmptyDatabase();
    const { url } = testDatabase;
    database = await new DataSource({ type: 'postgres', url, entities: [MailJobEntity] }).initialize();
    const queryRunner = database.createQueryRunner();
    await createMailJobs(queryRunner);
    await indexMailJobAddresses(queryRunner);
    await queryRunner.release();
    requester = await startMailService(database);
  });
  beforeEach(async () => {
    smtp.mood = 'takes mail';
    smtp.mails.length = 0;
    smtp.read = 0;
    await database.query('TRUNCATE mail_jobs');
  });
  const stop = async (service: MailService): Promise<void> => {
    services.delete(service);
    await service.close();
  };
  afterEach(() => Promise.all([...services].map(stop)));
  afterAll(async () => {
    await requester?.close();
    await database?.destroy();
    await testDatabase?.drop();
    await smtp?.close();
  });
  return {
    get smtp() {
      return smtp;
    },
    get database() {
      return database;
    },
    /** Starts a service that sends by the mail server. It stops at the end of the test. */
    startService: async (options: Partial<MailOptions> = { smtpUrl: smtp.url }): Promise<MailService> => {
      const service = await startMailService(database, options);
      services.add(service);
      return service;
    },
    /** Stops a service before the test ends. */
    stop,
    /** Queues a mail to each address. */
    enqueue: async (...addresses: string[]): Promise<void> => {
      await database.transaction(async (manager) => {
        for (const emailNormalized of addresses) {
          await requester.jobs.enqueue(manager, { kind: 'GREETING', emailNormalized });
        }
      });
      wake();
    },
    /** All jobs, the oldest first. */
    jobs: (): Promise<JobRow[]> =>
      database.query(
        `SELECT attempts, outcome, extract(epoch FROM next_attempt_at - now())::float8 AS waits_s
           FROM mail_jobs ORDER BY created_at, id`,
      ),
    /** Makes every unfinished job due. */
    dueNow: async () => {
      await database.query('UPDATE mail_jobs SET next_attempt_at = now() WHERE done_at IS NULL');
      wake();
    },
    /** Waits until all jobs are done. */
    allDone: () =>
      waitUntil(
        async () => (await database.query('SELECT FROM mail_jobs WHERE done_at IS NULL')).length === 0,
      ),
    /** Waits for the nth mail to an address. */
    mailTo: async (address: string, nth = 1): Promise<CaughtMail> => {
      await waitUntil(() => smtp.to(address).length >= nth);
      return smtp.to(address)[nth - 1]!;
    },
  };
}
