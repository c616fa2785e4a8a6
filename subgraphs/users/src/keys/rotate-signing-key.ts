import type { DataSource, EntityManager } from 'typeorm';
import { audit } from '../audit/audit-log.js';
import { SIGNING_KEY_LOCK } from '../database/advisory-locks.js';
import { addKey, deleteEndedKeys, readKeys, resealKeys } from './stored-keys.js';

export interface RotationSettings {
  /** For how long the new key is published before it signs. */
  readonly leadMs: number;
  readonly secret: string;
  readonly previousSecrets: readonly string[];
}

export interface NextKey {
  readonly kid: string;
  readonly signsFrom: Date;
}

/**
 * Makes the key that signs next, and deletes those whose last token has ended. A second call within the lead finds the
 * key of the first one, and makes none: whoever is not sure may call again.
 * @throws SealBroken when the secret is not the one that the other keys are sealed with
 */
export async function rotateSigningKey(
  dataSource: DataSource,
  settings: RotationSettings,
): Promise<NextKey & { isNew: boolean }> {
  return dataSource.transaction(async (manager) => {
    await manager.query('SELECT pg_advisory_xact_lock($1)', [SIGNING_KEY_LOCK]);
    const coming = (await readKeys(manager)).find(
      ({ signsInMs }) => signsInMs > 0 && signsInMs <= settings.leadMs,
    );
    if (coming) return { kid: coming.kid, signsFrom: coming.signsFrom, isNew: false };
    return { ...(await makeNextKey(manager, settings)), isNew: true };
  });
}

/** The rotation itself, whatever is coming already; in a transaction that holds SIGNING_KEY_LOCK. */
export async function makeNextKey(
  manager: EntityManager,
  { leadMs, secret, previousSecrets }: RotationSettings,
): Promise<NextKey> {
  await deleteEndedKeys(manager);
  // A key under a secret that the others do not have would be one that no replica can open.
  await resealKeys(manager, secret, previousSecrets);
  const { kid, signsFrom } = await addKey(manager, leadMs, secret);
  const detail = { kid, signsFrom };
  await audit(manager, null, { action: 'SIGNING_KEY_ROTATED', subjectId: null, detail });
  return { kid, signsFrom };
}
