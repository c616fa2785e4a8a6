import type { DataSource, EntityManager } from 'typeorm';
import { audit } from '../audit/audit-log.js';
import { SIGNING_KEY_LOCK } from '../database/advisory-locks.js';
import { addKey, deleteEndedKeys, readKeys, resealKeys } from './stored-keys.js';

export interface RotationSettings {
  /** How long the new key is published before it signs. */
  readonly leadMs: number;
  readonly secret: string;
  readonly previousSecrets: readonly string[];
}

export interface NextKey {
  readonly kid: string;
  readonly signsFrom: Date;
}

/**
 * Creates the next signing key, and deletes keys whose tokens have all expired. A second call within the lead time
 * returns the key of the first one, so that it is safe to retry.
 * @throws SealBroken if the secrets do not decrypt the existing keys
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

/** Creates the next key even if there is one that does not sign yet. The transaction must hold SIGNING_KEY_LOCK. */
export async function makeNextKey(
  manager: EntityManager,
  { leadMs, secret, previousSecrets }: RotationSettings,
): Promise<NextKey> {
  await deleteEndedKeys(manager);
  // Replicas cannot decrypt a key whose secret differs from that of the other keys.
  await resealKeys(manager, secret, previousSecrets);
  const { kid, signsFrom } = await addKey(manager, leadMs, secret);
  const detail = { kid, signsFrom };
  await audit(manager, null, { action: 'SIGNING_KEY_ROTATED', subjectId: null, detail });
  return { kid, signsFrom };
}
