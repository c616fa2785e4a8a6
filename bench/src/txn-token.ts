import { createHmac } from 'node:crypto';

/** Whom a benchmark acts for. */
export interface Caller {
  readonly userId: string;
  readonly sessionId: string;
  readonly scopes: readonly string[];
}

/** What the gateway would sign for one subgraph; good for 60 seconds. */
export function txnToken(subgraph: string, secret: string, { userId, sessionId, scopes }: Caller): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const iat = Math.floor(Date.now() / 1000);
  const claims = {
    iss: 'gateway',
    aud: subgraph,
    scope: scopes.join(' '),
    sub: userId,
    sid: sessionId,
    iat,
    exp: iat + 60,
  };
  const signed = `${encode({ alg: 'HS256', typ: 'txntoken+jwt' })}.${encode(claims)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}
