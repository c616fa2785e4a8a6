import { database } from './database/database.js';
import { keyVariables } from './config.js';
import { rotateSigningKey } from './keys/rotate-signing-key.js';
import { explainSeal, sealSecrets } from './keys/seal-secrets.js';

/** Creates the next signing key in the database at DATABASE_URL. Running it twice creates one key. */
await database.program(keyVariables(), async (dataSource, config) => {
  const settings = { leadMs: config.SIGNING_KEY_LEAD_MS, ...sealSecrets(config) };
  const { kid, signsFrom, isNew } = await rotateSigningKey(dataSource, settings).catch((error: unknown) => {
    throw explainSeal(error);
  });
  const from = `signs from ${signsFrom.toISOString()} on`;
  return isNew ? `the new key ${kid} ${from}` : `no new key: ${kid}, which is already published, ${from}`;
});
