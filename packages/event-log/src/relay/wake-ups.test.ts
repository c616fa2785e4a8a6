import { createLogger } from '@kit/service';
import { afterEach, describe, expect, test } from '@jest/globals';
import { APPLICATION } from '../testing/notes-database.js';
import { withLog } from '../testing/with-log.js';
import { waitUntil } from '@supergraph/tools/wait-until';
import { WakeUps, type Channel } from './wake-ups.js';

describe('wake-ups', () => {
  const database = withLog();
  const logger = createLogger('test', 'silent');
  const running: WakeUps[] = [];
  afterEach(async () => {
    await Promise.all(running.splice(0).map((wakeUps) => wakeUps.stop()));
  });
  const start = (channel: Channel) => {
    const wakeUps = new WakeUps({ url: database.url, application: APPLICATION }, logger);
    const calls = { count: 0 };
    wakeUps.listen(channel, () => (calls.count += 1));
    wakeUps.start();
    running.push(wakeUps);
    return { wakeUps, calls };
  };

  test('reach other processes but not their sender', async () => {
    const [one, other] = [start('event_log'), start('event_log')];
    // Each listener is called once after it has connected, because it may have missed notifications.
    await waitUntil(() => one.calls.count === 1 && other.calls.count === 1);
    one.wakeUps.notify('event_log');
    await waitUntil(() => other.calls.count === 2);
    // Notifications arrive in the order of their commits, so its own would have arrived before this one.
    other.wakeUps.notify('event_log');
    await waitUntil(() => one.calls.count === 2);
    one.wakeUps.notify('event_log');
    await waitUntil(() => other.calls.count === 3);
    expect([one.calls.count, other.calls.count]).toEqual([2, 3]);
  });

  test('reach their own process at once when they are announced', () => {
    const { wakeUps, calls } = start('event_log');
    wakeUps.announce('event_log');
    expect(calls.count).toBe(1);
  });

  test('are combined into one within the pause', async () => {
    const [one, other] = [start('outbox'), start('outbox')];
    await waitUntil(() => one.calls.count === 1 && other.calls.count === 1);
    for (let time = 0; time < 1_000; time += 1) one.wakeUps.notify('outbox');
    const last = start('outbox');
    await waitUntil(() => last.calls.count === 1);
    last.wakeUps.notify('outbox');
    await waitUntil(() => one.calls.count === 2 && other.calls.count >= 3);
    expect(other.calls.count).toBe(3);
  });

  test('continue after a reconnect, with one call for all missed notifications', async () => {
    const { calls } = start('outbox');
    await waitUntil(() => calls.count === 1);
    await database.dataSource.query(
      `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = '${APPLICATION} wake-ups'`,
    );
    await waitUntil(() => calls.count === 2);
    await database.dataSource.query('NOTIFY outbox');
    await waitUntil(() => calls.count === 3);
  });
});
