import { createLogger } from '@supergraph/service/logger';
import { afterEach, describe, expect, test } from '@jest/globals';
import { withLog } from '../testing/with-log.js';
import { waitUntil } from '../testing/wait-until.js';
import { WakeUps, type Channel } from './wake-ups.js';

describe('wake-ups', () => {
  const database = withLog();
  const logger = createLogger('test', 'silent');
  const running: WakeUps[] = [];
  afterEach(async () => {
    await Promise.all(running.splice(0).map((wakeUps) => wakeUps.stop()));
  });
  const start = (channel: Channel) => {
    const wakeUps = new WakeUps(database.url, logger);
    const heard = { times: 0 };
    wakeUps.listen(channel, () => (heard.times += 1));
    wakeUps.start();
    running.push(wakeUps);
    return { wakeUps, heard };
  };

  test('reach the other processes, and not the one that they come from', async () => {
    const [one, other] = [start('event_log'), start('event_log')];
    // Each looks once when it has its connection, since it may have missed something before.
    await waitUntil(() => one.heard.times === 1 && other.heard.times === 1);
    one.wakeUps.notify('event_log');
    await waitUntil(() => other.heard.times === 2);
    // Notifications come in the order of their commits: had its own come back, the other's would find two.
    other.wakeUps.notify('event_log');
    await waitUntil(() => one.heard.times === 2);
    one.wakeUps.notify('event_log');
    await waitUntil(() => other.heard.times === 3);
    expect([one.heard.times, other.heard.times]).toEqual([2, 3]);
  });

  test('reach the own process at once when they are announced', () => {
    const { wakeUps, heard } = start('event_log');
    wakeUps.announce('event_log');
    expect(heard.times).toBe(1);
  });

  test('that are asked for at the same time are one', async () => {
    const [one, other] = [start('outbox'), start('outbox')];
    await waitUntil(() => one.heard.times === 1 && other.heard.times === 1);
    for (let time = 0; time < 1_000; time += 1) one.wakeUps.notify('outbox');
    const last = start('outbox');
    await waitUntil(() => last.heard.times === 1);
    last.wakeUps.notify('outbox');
    await waitUntil(() => one.heard.times === 2 && other.heard.times >= 3);
    expect(other.heard.times).toBe(3);
  });

  test('come again when the connection was lost, with one for all that was missed', async () => {
    const { heard } = start('outbox');
    await waitUntil(() => heard.times === 1);
    await database.dataSource.query(
      `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = 'email-subscriptions wake-ups'`,
    );
    await waitUntil(() => heard.times === 2);
    await database.dataSource.query('NOTIFY outbox');
    await waitUntil(() => heard.times === 3);
  });
});
