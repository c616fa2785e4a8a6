import { describe, expect, test } from '@jest/globals';
import { withClient } from '../postgres-client.js';
import { allSubgraphs } from '../subgraphs.js';
import { createTestDatabase } from './database.js';

const tables = async (url: string): Promise<number> =>
  withClient(url, async (client) => {
    const { rows } = await client.query(
      "SELECT count(*)::int AS count FROM pg_tables WHERE schemaname = 'public'",
    );
    return rows[0].count as number;
  });

describe('a test database', () => {
  test.each(allSubgraphs().map(({ name }) => name))(
    'of %s is migrated, and gone when dropped',
    async (subgraph) => {
      const database = await createTestDatabase(subgraph);
      expect(await tables(database.url)).toBeGreaterThan(0);
      await database.drop();
      await expect(tables(database.url)).rejects.toThrow('does not exist');
    },
  );

  test('shares nothing with another one', async () => {
    const { name } = allSubgraphs()[0]!;
    const [one, other] = await Promise.all([createTestDatabase(name), createTestDatabase(name)]);
    await withClient(one.url, (client) => client.query('CREATE TABLE only_here (id int)'));
    expect(await tables(one.url)).toBe((await tables(other.url)) + 1);
    await Promise.all([one.drop(), other.drop()]);
  });
});
