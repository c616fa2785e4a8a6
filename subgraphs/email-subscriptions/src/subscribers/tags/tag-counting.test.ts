import { describe, expect, test } from '@jest/globals';
import { waitUntil } from '@supergraph/tools/wait-until';
import { addSubscriber } from '../../testing/additions.js';
import { withService } from '../../testing/with-service.js';

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
});
