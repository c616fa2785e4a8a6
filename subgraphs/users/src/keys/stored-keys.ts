import { generateKeyPairSync } from 'node:crypto';
import { ACCESS_TOKEN_SECONDS } from '@supergraph/auth-context/access-token';
import type { DataSource, EntityManager } from 'typeorm';
import { publicJwkOf } from './public-jwk.js';
import { openPrivateKey, sealPrivateKey, SealBroken } from './sealed-private-key.js';
import { SigningKeyEntity } from './signing-key.entity.js';

/** For transactions that were long under way, and for clocks that verify tokens and differ from ours. */
const MARGIN_SECONDS = 60;

/** A row of `signing_keys`. */
export interface StoredKey {
  readonly kid: string;
  readonly sealedPrivateKey: Buffer;
  readonly signsFrom: Date;
  /** Until it signs, in milliseconds by the database's clock; negative since then. */
  readonly signsInMs: number;
}

/** Every key that is kept, in the order in which they sign. */
export async function readKeys(database: DataSource | EntityManager): Promise<StoredKey[]> {
  return database.query<StoredKey[]>(`
    SELECT kid, sealed_private_key AS "sealedPrivateKey", signs_from AS "signsFrom",
           (extract(epoch FROM signs_from - clock_timestamp()) * 1000)::float8 AS "signsInMs"
    FROM signing_keys ORDER BY signs_from, created_at, kid`);
}

/**
 * Makes a key that signs `leadMs` from now.
 * @param secret seals its private half
 */
export async function addKey(
  manager: EntityManager,
  leadMs: number,
  secret: string,
): Promise<{ kid: string; signsFrom: Date }> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { kid } = publicJwkOf(privateKey);
  // Not now(), which is when the transaction began: it may have waited for its lock since.
  const [{ signsFrom }] = await manager.query<[{ signsFrom: Date }]>(
    `INSERT INTO signing_keys (kid, sealed_private_key, created_at, signs_from)
     SELECT $1, $2, at, at + $3 * interval '1 millisecond' FROM clock_timestamp() AS at
     RETURNING signs_from AS "signsFrom"`,
    [kid, sealPrivateKey(privateKey, kid, secret), leadMs],
  );
  return { kid, signsFrom };
}

/**
 * Deletes every key whose last token has ended: its successor has signed for as long as a token may live, and a minute.
 * The longest life that a token can have counts, not the one that is set now: it may have been longer before.
 * @returns what was deleted
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
 * Seals with the secret what an earlier one has sealed, so that the earlier one can be taken away.
 * @throws SealBroken when neither opens a key
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
