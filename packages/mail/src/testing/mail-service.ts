import { LOGGER } from '@kit/service';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { pino } from 'pino';
import { DataSource } from 'typeorm';
import type { ComposeLetter, MailOptions } from '../mail-options.js';
import { MailModule } from '../mail.module.js';
import { MailJobs } from '../queue/mail-jobs.js';

export const NOBODY = 'nobody@example.com';

export const greet: ComposeLetter = async (_manager, emailNormalized) =>
  emailNormalized === NOBODY
    ? null
    : { to: emailNormalized, subject: 'A greeting', text: 'Hello.', link: null };

/** A running service that does nothing but send mail. */
export interface MailService {
  readonly jobs: MailJobs;
  /** The lines of its log with this message. */
  logged(msg: string): Record<string, unknown>[];
  close(): Promise<void>;
}

@Module({})
class MailServiceModule {}

/** The options of a service under test. Without a mail server or folder it sends nothing. */
export function optionsOf(own: Partial<MailOptions>): MailOptions {
  return { from: 'Us <us@example.com>', letters: { GREETING: greet }, drainMs: 100, ...own };
}

/** Starts a service that sends the mails of the queue in this database. */
export async function startMailService(
  database: DataSource,
  options: Partial<MailOptions> = {},
): Promise<MailService> {
  const log: Record<string, unknown>[] = [];
  const write = (line: string) => log.push(JSON.parse(line) as Record<string, unknown>);
  const shared = [
    { provide: DataSource, useValue: database },
    { provide: LOGGER, useValue: pino({}, { write }) },
  ];
  const app = await NestFactory.createApplicationContext(
    {
      module: MailServiceModule,
      global: true,
      imports: [MailModule.with({ useFactory: () => optionsOf(options) })],
      providers: shared,
      exports: shared,
    },
    { logger: false },
  );
  app.get(MailModule).start();
  return {
    jobs: app.get(MailJobs),
    logged: (msg) => log.filter((line) => line['msg'] === msg),
    close: () => app.close(),
  };
}
