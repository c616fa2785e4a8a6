import { createHmac } from 'node:crypto';

/** The user a benchmark acts for. */
export interface Caller {
  readonly userId: string;
  readonly sessionId: string;
  readonly scopes: readonly string[];
}

const LIFETIME_S = 60;
const ANONYMOUS = { scope: '', rctx: { req_ip: '127.0.0.1', user_agent: 'bench' } };

/** A transaction token as the gateway signs it for one subgraph. Expires after 60 seconds. */
export function txnToken(subgraph: string, secret: string, caller?: Caller): string {
  const iat = Math.floor(Date.now() / 1000);
  const claims = {
    iss: 'gateway',
    aud: subgraph,
    iat,
    exp: iat + LIFETIME_S,
    ...(caller ? { scope: caller.scopes.join(' '), sub: caller.userId, sid: caller.sessionId } : ANONYMOUS),
  };
  const signed = [{ alg: 'HS256', typ: 'txntoken+jwt' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}
