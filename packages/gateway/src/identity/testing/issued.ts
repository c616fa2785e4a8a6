import { generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto';
import { signAccessToken } from '@kit/auth';
import type { FakeResponse } from './fake-server.js';

export const PARTIES = { issuer: 'issuer', audience: 'supergraph' };

/** A signing key of the issuer, with its published form. */
export interface IssuersKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly jwk: object;
}

export function issuersKey(kid: string = randomUUID()): IssuersKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { kid, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid } };
}

/** The issuer's response with a key set. */
export function published(...keys: readonly IssuersKey[]): FakeResponse {
  return { body: JSON.stringify({ keys: keys.map(({ jwk }) => jwk) }) };
}

/** A valid `authorization` header. */
export function bearer(key: IssuersKey, sessionId = 's'): string {
  const claims = { userId: 'u', sessionId, scopes: ['orders:read'], tokenId: randomUUID() };
  return `Bearer ${signAccessToken(claims, key, PARTIES)}`;
}
