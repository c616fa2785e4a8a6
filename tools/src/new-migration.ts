import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { repositoryRoot } from './repository.js';
import { allSubgraphs } from './subgraphs.js';
import { createTestDatabase } from './test-postgres/database.js';
import setUpTestPostgres from './test-postgres/setup.js';
import tearDownTestPostgres from './test-postgres/teardown.js';

/**
 * `npm run migration -- <subgraph> <Name>`: TypeORM writes the migration from the schema of the existing migrations, in a
 * temporary Postgres, to the schema of the entities.
 */
const [given, name] = process.argv.slice(2);
const subgraph = allSubgraphs().find((each) => each.name === given);
if (!subgraph || !name || !/^\w+$/.test(name)) {
  console.error(
    `usage: npm run migration -- ${allSubgraphs()
      .map((each) => each.name)
      .join('|')} NameOfTheChange`,
  );
  process.exit(1);
}

await setUpTestPostgres();
try {
  const { url } = await createTestDatabase(subgraph.name);
  execFileSync(
    process.execPath,
    [
      path.join(repositoryRoot, 'node_modules/typeorm/cli.js'),
      'migration:generate',
      path.join(subgraph.folder, 'src/database/migrations', name),
      '--dataSource',
      path.join(subgraph.folder, 'dist/database/data-source.js'),
      '--esm',
    ],
    { env: { ...process.env, DATABASE_URL: url }, stdio: 'inherit' },
  );
  console.log('Review it, and add it to src/database/database.ts.');
} catch {
  process.exitCode = 1;
} finally {
  await tearDownTestPostgres();
}
