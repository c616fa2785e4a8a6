import { explainStartUp } from '@kit/service';
import { readKeyRotation } from './config.js';
import { createDataSource, UNLIMITED } from './database/create-data-source.js';
import { openDatabase } from './database/open-database.js';
import { explainSeal, sealSecrets } from './keys/seal-secrets.js';
import { rotateSigningKey } from './keys/rotate-signing-key.js';

/** Creates the next signing key in the database at DATABASE_URL. Running it twice creates one key. */
try {
  const config = readKeyRotation();
  const { DATABASE_URL: url, SIGNING_KEY_LEAD_MS: leadMs } = config;
  const dataSource = createDataSource(url, UNLIMITED);
  await openDatabase(dataSource, url);
  try {
    const { kid, signsFrom, isNew } = await rotateSigningKey(dataSource, { leadMs, ...sealSecrets(config) });
    const from = `signs from ${signsFrom.toISOString()} on`;
    console.log(
      `users: ${isNew ? `the new key ${kid}` : `no new key: ${kid}, which is already published,`} ${from}`,
    );
  } finally {
    await dataSource.destroy();
  }
} catch (error) {
  process.stderr.write(`users: ${explainStartUp(explainSeal(error))}\n`);
  process.exitCode = 1;
}
