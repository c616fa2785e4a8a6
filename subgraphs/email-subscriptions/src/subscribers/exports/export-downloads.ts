import { randomBytes } from 'node:crypto';
import { PassThrough, pipeline, type Transform } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import { closeSession, openSession } from '@kit/database';
import { CONFIG, LOGGER } from '@kit/service';
import type { Client } from 'pg';
import { to } from 'pg-copy-streams';
import type { Logger } from 'pino';
import { DataSource } from 'typeorm';
import type { Config } from '../../config.js';
import { SubscriberKeys } from '../keys/subscriber-keys.js';
import { exportBusy, exportNotFound } from './export-errors.js';
import { exportStatement } from './export-statement.js';
import type { SubscriberExportEntity } from './subscriber-export.entity.js';
import { UnsubscribeLinks } from './unsubscribe-links.js';
import { storedFilter, SubscriberExports } from './subscriber-exports.js';

/** Without it, Postgres would notice a client that has left only when it next sends a row. */
const CHECK_CLIENT_MS = 1_000;

class CutOff extends Error {}

/** Writes exports: one snapshot each, on a connection of its own, at the speed of the reader. */
@Injectable()
export class ExportDownloads {
  private running = 0;

  constructor(
    private readonly exports: SubscriberExports,
    private readonly keys: SubscriberKeys,
    private readonly dataSource: DataSource,
    @Inject(CONFIG)
    private readonly config: Pick<
      Config,
      'DATABASE_URL' | 'EXPORTS_AT_ONCE' | 'EXPORT_TIMEOUT_MS' | 'PUBLIC_URL'
    >,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * Spends a token and starts to write the file. To stop, destroy the stream. The stream is destroyed with an error if
   * the file cannot be completed.
   * @throws GraphQLError with status 404 if the token is not valid, and 429 while too many exports run
   */
  async start(token: string): Promise<{ readonly file: Transform; readonly row: SubscriberExportEntity }> {
    if (this.running >= this.config.EXPORTS_AT_ONCE) throw exportBusy();
    this.running += 1;
    try {
      const row = await this.exports.find(token);
      if (!row) throw exportNotFound();
      return { row, file: await this.open(token, row) };
    } catch (error) {
      this.running -= 1;
      throw error;
    }
  }

  private async open(token: string, row: SubscriberExportEntity): Promise<Transform> {
    const { DATABASE_URL: url, EXPORT_TIMEOUT_MS: timeoutMs } = this.config;
    const session = await openSession({ url, application: 'email-subscriptions' }, 'export', 0);
    try {
      if (!(await this.exports.spend(session, token))) throw exportNotFound();
      await session.query(`
        BEGIN READ ONLY;
        SET LOCAL statement_timeout = ${timeoutMs};
        SET LOCAL client_connection_check_interval = ${CHECK_CLIENT_MS}`);
      return this.write(session, row);
    } catch (error) {
      await closeSession(session);
      throw error;
    }
  }

  private write(session: Client, row: SubscriberExportEntity): Transform {
    const { format, fields, createdBy: userId } = row;
    const mark = randomBytes(16).toString('hex');
    const request = { format, fields, filter: storedFilter(row) };
    const copy = to(exportStatement(this.dataSource.manager, request, mark));
    const file = this.linked(row, mark);
    const began = Date.now();
    const limit = setTimeout(
      () => file.destroy(new CutOff('the export took too long')),
      this.config.EXPORT_TIMEOUT_MS,
    );
    // Closing the session is one more error of a stream that is already destroyed.
    copy.on('error', () => {});
    pipeline(copy, file, (error) => {
      clearTimeout(limit);
      this.running -= 1;
      const outcome = outcomeOf(error);
      const rows = error ? null : copy.rowCount;
      this.logger.info({ userId, format, fields, rows, ms: Date.now() - began, outcome }, 'export');
      if (outcome === 'failed') this.logger.error({ err: error }, 'an export failed');
      void closeSession(session);
    });
    session.query(copy);
    return file;
  }

  private linked({ fields }: SubscriberExportEntity, mark: string): Transform {
    if (!fields.includes('UNSUBSCRIBE_URL')) return new PassThrough();
    const linkOf = (id: string) => `${this.config.PUBLIC_URL}/unsubscribe/${this.keys.unsubscribeToken(id)}`;
    return new UnsubscribeLinks(mark, linkOf);
  }
}

function outcomeOf(error: NodeJS.ErrnoException | null): 'complete' | 'aborted' | 'cut off' | 'failed' {
  if (!error) return 'complete';
  if (error instanceof CutOff) return 'cut off';
  return error.code === 'ERR_STREAM_PREMATURE_CLOSE' ? 'aborted' : 'failed';
}
