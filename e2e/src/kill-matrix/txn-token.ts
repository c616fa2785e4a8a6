import { createHmac, randomUUID } from 'node:crypto';

const LIFE_SECONDS = 60;

/** What the gateway would sign for a user who may list and add. */
export function txnTokenFor(userId: string, secret: string): string {
  const now = Math.floor(Date.now() / 1000);
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({
    iss: 'gateway',
    aud: 'email-subscriptions',
    scope: 'subscribers:read subscribers:write',
    sub: userId,
    sid: randomUUID(),
    iat: now,
    exp: now + LIFE_SECONDS,
  })}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}
