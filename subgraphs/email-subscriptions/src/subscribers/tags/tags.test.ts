import { describe, expect, test } from '@jest/globals';
import { addSubscriber } from '../../testing/additions.js';
import { caller, READER } from '../../testing/callers.js';
import { change } from '../../testing/changes.js';
import { Chooser, seededRandom } from '../../testing/random.js';
import { withService } from '../../testing/with-service.js';
import { appendTagChanges } from './tag-changes.js';
import { TagCounting } from './tag-counting.js';
import { createLogger } from '@kit/service';

const TAGS = `query ($first: Int, $after: String) {
  tags(first: $first, after: $after) {
    nodes { name subscribers { value precision } }
    pageInfo { hasNextPage hasPreviousPage endCursor }
  }
}`;

interface TagPage {
  readonly nodes: { name: string; subscribers: { value: number; precision: string } }[];
  readonly pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; endCursor: string };
}

describe('tags', () => {
  const running = withService();
  const page = async (variables: object = {}, as = READER) => {
    const { data, errors } = await running.service.request<{ tags: TagPage }>(TAGS, { variables, as });
    if (errors) throw new Error(JSON.stringify(errors));
    return data!.tags;
  };
  const counts = async () => {
    const { nodes } = await page({ first: 100 });
    return nodes.map(({ name, subscribers }) => ({ name, subscribers: subscribers.value }));
  };
  const recount = () =>
    running.service.database.query<object[]>(
      `SELECT tag COLLATE "C" AS name, count(*)::int AS subscribers FROM subscribers, unnest(tags) AS tag
       GROUP BY 1 ORDER BY 2 DESC, 1`,
    );
  const counting = () => new TagCounting(running.service.database, createLogger('test', 'silent'));

  test('are those in use, the most used first, in pages', async () => {
    const { service } = running;
    const ids: string[] = [];
    for (const tags of [['b', 'a'], ['b'], ['c', 'gone']]) {
      const email = `${tags.join('')}@example.com`;
      ids.push((await addSubscriber(service, { email, tags })).subscriber!.id);
    }
    await change(service, 'updateSubscriber', { id: ids[2], removeTags: ['gone'] });
    // Adds no tag, because the subscriber exists.
    await addSubscriber(service, { email: 'b@example.com', tags: ['x'] });
    const first = await page({ first: 2 });
    expect(first.nodes).toEqual([
      { name: 'b', subscribers: { value: 2, precision: 'EXACT' } },
      { name: 'a', subscribers: { value: 1, precision: 'EXACT' } },
    ]);
    expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    const { nodes, pageInfo } = await page({ first: 2, after: first.pageInfo.endCursor });
    expect(nodes.map(({ name }) => name)).toEqual(['c']);
    expect(pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
  });

  test('require the scope', async () => {
    const writer = caller('0199d0a0-0000-7000-8000-00000000000c', ['subscribers:write']);
    await expect(page({}, writer)).rejects.toThrow('FORBIDDEN');
  });

  test('are counted exactly while several replicas write, add up and read', async () => {
    const { service } = running;
    const names = ['a', 'b', 'c', 'd', 'Ä', '\u{1f600}', '\uffe0'];
    const ids = await Promise.all(
      Array.from({ length: 8 }, async (_, n) => {
        const email = `many${n}@example.com`;
        return (await addSubscriber(service, { email, tags: ['a'] })).subscriber!.id;
      }),
    );
    const writing = new AbortController();
    const { signal } = writing;
    const adding = [counting(), counting()].map(async (each) => {
      while (!signal.aborted) await each.addUp();
    });
    const reading = (async () => {
      while (!signal.aborted) {
        // Nobody loses the tag, so every snapshot has all of them.
        expect((await counts()).find(({ name }) => name === 'a')!.subscribers).toBeGreaterThanOrEqual(8);
      }
    })();
    const random = seededRandom(7);
    const writers = Array.from({ length: 4 }, async () => {
      const chooser = new Chooser(random);
      for (let n = 0; n < 25; n += 1) {
        await change(service, 'updateSubscriber', {
          id: chooser.oneOf(ids),
          addTags: chooser.someOf(names),
          removeTags: chooser.someOf(names.slice(1)),
        });
      }
    });
    await Promise.all(writers).finally(() => writing.abort());
    await Promise.all([...adding, reading]);
    expect(await counts()).toEqual(await recount());
    while ((await counting().addUp()) > 0);
    expect(await counts()).toEqual(await recount());
    expect(await service.database.query('SELECT FROM tag_changes')).toEqual([]);
    expect(await service.database.query('SELECT FROM tag_counts WHERE subscribers <= 0')).toEqual([]);
  });

  test('of bulk jobs are counted by the same statement', async () => {
    const { database } = running.service;
    await database.query(
      `WITH changed AS (
         UPDATE subscribers AS s SET tags = '{bulk}' FROM subscribers AS old WHERE old.id = s.id
         RETURNING old.tags AS tags_before, s.tags AS tags_after
       ) ${appendTagChanges('changed')}`,
    );
    expect(await counts()).toEqual(await recount());
    expect(await counts()).toHaveLength(1);
  });
});
