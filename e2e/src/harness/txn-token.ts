import { createHmac, randomUUID } from 'node:crypto';
import { SUBSCRIBERS } from './product-subgraphs.js';

const LIFE_SECONDS = 60;

/** Signs a transaction token as the gateway does, for a user who may list and add subscribers; `claims` override. */
export function txnToken(secret: string, claims: object = {}): string {
  const now = Math.floor(Date.now() / 1000);
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({
    iss: 'gateway',
    aud: SUBSCRIBERS.name,
    scope: 'subscribers:read subscribers:write',
    sub: randomUUID(),
    sid: randomUUID(),
    iat: now,
    exp: now + LIFE_SECONDS,
    ...claims,
  })}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}
