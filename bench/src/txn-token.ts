import { createHmac } from 'node:crypto';

/** Whom a benchmark acts for. */
export interface Caller {
  readonly userId: string;
  readonly sessionId: string;
  readonly scopes: readonly string[];
}

/** What the gateway would sign for one subgraph; good for 60 seconds. */
export function txnToken(subgraph: string, secret: string, { userId, sessionId, scopes }: Caller): string {
  return sign(subgraph, secret, { scope: scopes.join(' '), sub: userId, sid: sessionId });
}

/** The same for a mutation of somebody at this address who is not logged in. */
export function strangersTxnToken(subgraph: string, secret: string, address: string): string {
  return sign(subgraph, secret, { scope: '', rctx: { req_ip: address, user_agent: 'bench' } });
}

function sign(subgraph: string, secret: string, who: object): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const iat = Math.floor(Date.now() / 1000);
  const claims = {
    iss: 'gateway',
    aud: subgraph,
    iat,
    exp: iat + 60,
    ...who,
  };
  const signed = `${encode({ alg: 'HS256', typ: 'txntoken+jwt' })}.${encode(claims)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}
