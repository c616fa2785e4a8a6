import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { createLogger, CursorCodec } from '@kit/service';
import { Registry } from 'prom-client';
import type { DataSource } from 'typeorm';
import { EventLogRuntime } from './event-log-runtime.js';
import { moveBatch, moveBulkBatch } from './relay/relay-statements.js';
import { notesDataSource } from './testing/notes-database.js';
import { record, recordBulk, withLog } from './testing/with-log.js';

describe('the metric event_log_lag_seconds', () => {
  const database = withLog();
  const codec = new CursorCodec('a secret that is long enough for a test');
  const logger = createLogger('test', 'silent');
  const runtime = (dataSource: DataSource, metrics: Registry) =>
    new EventLogRuntime(dataSource, codec, logger, {}, metrics);
  const lagOf = async (metrics: Registry) => {
    const lag = /^event_log_lag_seconds (.*)$/m.exec(await metrics.metrics());
    return Number(lag?.[1]);
  };

  test('is the age of the oldest event without a number', async () => {
    const metrics = new Registry();
    runtime(database.dataSource, metrics);
    expect(await lagOf(metrics)).toBe(0);
    for (const seconds of [90, 10]) {
      await record(database.dataSource, [randomUUID()], {
        occurredAt: new Date(Date.now() - seconds * 1_000),
      });
    }
    expect(await lagOf(metrics)).toBeGreaterThanOrEqual(90);
    expect(await lagOf(metrics)).toBeLessThan(150);
    const client = await database.connect();
    await moveBatch(client, 100);
    expect(await lagOf(metrics)).toBe(0);
  });

  test('is not a number while the database does not respond, and does not hold up other metrics', async () => {
    const metrics = new Registry();
    runtime(database.dataSource, metrics);
    const blocking = await database.connect();
    await blocking.query('BEGIN');
    await blocking.query('LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE');
    expect(await lagOf(metrics)).toBeNaN();
    expect(await metrics.metrics()).toMatch(/^event_log_lag_seconds nan$/im);
    await blocking.query('COMMIT');
    expect(await lagOf(metrics)).toBe(0);

    const closed = await notesDataSource(database.url).initialize();
    const others = new Registry();
    runtime(closed, others);
    await closed.destroy();
    expect(await others.metrics()).toMatch(/^event_log_lag_seconds nan$/im);
  });
});

describe('the metric event_log_bulk_waiting_events', () => {
  const database = withLog();

  test('is the number of bulk events without a number, which do not count as a lag', async () => {
    const metrics = new Registry();
    const codec = new CursorCodec('a secret that is long enough for a test');
    const logger = createLogger('test', 'silent');
    const { health } = new EventLogRuntime(database.dataSource, codec, logger, {}, metrics);
    const waiting = async () => /^event_log_bulk_waiting_events (.*)$/m.exec(await metrics.metrics())?.[1];
    expect(await waiting()).toBe('0');
    expect(await health.now()).not.toHaveProperty('waitingBulkEvents');
    await recordBulk(
      database.dataSource,
      Array.from({ length: 1_201 }, () => randomUUID()),
    );
    await database.dataSource.query("UPDATE outbox_bulk SET occurred_at = now() - interval '1 hour'");
    expect(await waiting()).toBe('1201');
    expect(await health.now()).toMatchObject({ lagMs: 0, waitingBulkEvents: 1_201 });
    await moveBulkBatch(await database.connect(), 500);
    expect(await waiting()).toBe('701');
  });
});
