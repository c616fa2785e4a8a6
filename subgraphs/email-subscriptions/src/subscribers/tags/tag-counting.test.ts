import { describe, expect, test } from '@jest/globals';
import { waitUntil } from '@supergraph/tools/wait-until';
import { addSubscriber } from '../../testing/additions.js';
import { createLogger } from '@kit/service';
import { TAG_COUNT_LOCK } from '../../database/advisory-locks.js';
import { withService } from '../../testing/with-service.js';
import { TagCounting } from './tag-counting.js';

describe('the running service', () => {
  const running = withService();

  test('adds the changes of tags up', async () => {
    const { service } = running;
    await addSubscriber(service, { email: 'ann@example.com', tags: ['a'] });
    await waitUntil(async () => {
      const changes: unknown[] = await service.database.query('SELECT FROM tag_changes');
      return changes.length === 0;
    });
    expect(await service.database.query('SELECT * FROM tag_counts')).toEqual([
      { tag: 'a', subscribers: '1' },
    ]);
  });

  test('leaves the changes to another replica that is adding them up', async () => {
    const { database } = running.service;
    const counting = new TagCounting(database, createLogger('test', 'silent'));
    await database.transaction(async (other) => {
      await other.query('SELECT pg_advisory_xact_lock($1)', [TAG_COUNT_LOCK]);
      await addSubscriber(running.service, { email: 'bob@example.com', tags: ['b'] });
      expect(await counting.addUp()).toBe(0);
      expect(await other.query("SELECT delta FROM tag_changes WHERE tag = 'b'")).toEqual([{ delta: 1 }]);
    });
  });
});
