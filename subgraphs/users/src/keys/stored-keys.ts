import { generateKeyPairSync } from 'node:crypto';
import { ACCESS_TOKEN_SECONDS } from '@kit/auth';
import type { DataSource, EntityManager } from 'typeorm';
import { publicJwkOf } from './public-jwk.js';
import { openPrivateKey, sealPrivateKey, SealBroken } from './sealed-private-key.js';
import { SigningKeyEntity } from './signing-key.entity.js';

/** Allows for slow transactions, and for verifiers whose clocks differ. */
const MARGIN_SECONDS = 60;

/** A row of `signing_keys`. */
export interface StoredKey {
  readonly kid: string;
  readonly sealedPrivateKey: Buffer;
  readonly signsFrom: Date;
  /** Milliseconds until it signs, by the clock of the database. Negative once it does. */
  readonly signsInMs: number;
}

/** Loads all keys, in the order in which they sign. */
export async function readKeys(database: DataSource | EntityManager): Promise<StoredKey[]> {
  return database.query<StoredKey[]>(`
    SELECT kid, sealed_private_key AS "sealedPrivateKey", signs_from AS "signsFrom",
           (extract(epoch FROM signs_from - clock_timestamp()) * 1000)::float8 AS "signsInMs"
    FROM signing_keys ORDER BY signs_from, created_at, kid`);
}

/**
 * Creates a key that signs from `leadMs` after now.
 * @param secret encrypts its private key
 */
export async function addKey(
  manager: EntityManager,
  leadMs: number,
  secret: string,
): Promise<{ kid: string; signsFrom: Date }> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { kid } = publicJwkOf(privateKey);
  // Not now(), the start of the transaction, which may have waited for its lock.
  const [{ signsFrom }] = await manager.query<[{ signsFrom: Date }]>(
    `INSERT INTO signing_keys (kid, sealed_private_key, created_at, signs_from)
     SELECT $1, $2, at, at + $3 * interval '1 millisecond' FROM clock_timestamp() AS at
     RETURNING signs_from AS "signsFrom"`,
    [kid, sealPrivateKey(privateKey, kid, secret), leadMs],
  );
  return { kid, signsFrom };
}

/**
 * Deletes the keys whose tokens have all expired: those whose successor has signed for the longest lifetime of a token
 * and a minute. The lifetime is the longest that can be configured, since the setting may have been higher before.
 * @returns the ids of the deleted keys
 */
export async function deleteEndedKeys(database: DataSource | EntityManager): Promise<string[]> {
  const [rows] = await database.query<[{ kid: string }[], number]>(
    `DELETE FROM signing_keys WHERE kid IN (
       SELECT kid FROM (
         SELECT kid, lead(signs_from) OVER (ORDER BY signs_from, created_at, kid) AS succeeded_at FROM signing_keys
       ) AS succession
       WHERE succeeded_at < clock_timestamp() - $1 * interval '1 second'
     )
     RETURNING kid`,
    [ACCESS_TOKEN_SECONDS + MARGIN_SECONDS],
  );
  return rows.map(({ kid }) => kid);
}

/**
 * Encrypts keys of previous secrets with the current one, so that the previous secrets can be removed.
 * @throws SealBroken if no secret decrypts a key
 */
export async function resealKeys(
  manager: EntityManager,
  secret: string,
  previous: readonly string[],
): Promise<void> {
  for (const { kid, sealedPrivateKey } of await readKeys(manager)) {
    if (opens(sealedPrivateKey, kid, secret)) continue;
    const privateKey = openPrivateKey(sealedPrivateKey, kid, ...previous);
    await manager.update(SigningKeyEntity, kid, {
      sealedPrivateKey: sealPrivateKey(privateKey, kid, secret),
    });
  }
}

function opens(sealed: Buffer, kid: string, secret: string): boolean {
  try {
    openPrivateKey(sealed, kid, secret);
    return true;
  } catch (error) {
    if (error instanceof SealBroken) return false;
    throw error;
  }
}
