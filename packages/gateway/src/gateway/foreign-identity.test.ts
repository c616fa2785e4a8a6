import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { composeServices } from '@apollo/composition';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { TXN_TOKEN_HEADER, txnTokenKey, verifyTxnToken } from '@kit/auth';
import { parse } from 'graphql';
import jwt from 'jsonwebtoken';
import { ServedGateway } from './testing/served-gateway.js';
import { ServedSubgraph } from './testing/served-subgraph.js';

const SECRET = 'a secret of one subgraph, 32 bytes long or more';
const ISSUER = 'https://id.example.com/';
const AUDIENCE = 'https://api.example.com';
const TYPES = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@requiresScopes"])
  type Query {
    caller: String
    ledger: String @requiresScopes(scopes: [["ledger:read"]])
  }`;

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwk = (key: KeyObject, kid: string, more = {}) => ({ ...key.export({ format: 'jwk' }), kid, ...more });
const KEYS = [
  jwk(rsa.publicKey, 'rsa', { use: 'sig', alg: 'RS256' }),
  jwk(ec.publicKey, 'ec', { use: 'sig' }),
  jwk(generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey, 'encryption', { use: 'enc' }),
  { kty: 'OKP', crv: 'Ed25519', x: 'x', kid: 'unknown' },
];

/** The caller, as the subgraph sees it. */
const resolvers = {
  Query: {
    caller: (_: unknown, __: unknown, headers: IncomingHttpHeaders) => {
      const { viewer, scopes } = verifyTxnToken(headers[TXN_TOKEN_HEADER], 'books', [txnTokenKey(SECRET)]);
      return JSON.stringify([viewer, [...scopes]]);
    },
    ledger: () => 'balanced',
  },
};

let issuer: Server;
let subgraph: ServedSubgraph;
let supergraphSdl: string;
let jwksUrl: string;
beforeAll(async () => {
  issuer = createServer((_, response) => response.end(JSON.stringify({ keys: KEYS })));
  await once(issuer.listen(0, '127.0.0.1'), 'listening');
  jwksUrl = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/.well-known/jwks.json`;
  subgraph = await ServedSubgraph.start(TYPES, resolvers);
  const composed = composeServices([{ name: 'books', url: subgraph.url, typeDefs: parse(TYPES) }]);
  supergraphSdl = composed.supergraphSdl!;
});
afterAll(async () => {
  await subgraph?.stop();
  issuer?.close();
});

const subgraphs = (_: string, url: string) => ({ url, secret: SECRET });

function token(algorithm: 'RS256' | 'ES256', body: object = {}, kid = algorithm === 'RS256' ? 'rsa' : 'ec') {
  return jwt.sign({ scope: 'ledger:read', ...body }, algorithm === 'RS256' ? rsa.privateKey : ec.privateKey, {
    algorithm,
    keyid: kid,
    issuer: ISSUER,
    audience: AUDIENCE,
    subject: 'auth0|1',
    expiresIn: 60,
  });
}

const bearer = (text: string) => ({ authorization: `Bearer ${text}` });

describe('a gateway with a foreign identity provider', () => {
  let gateway: ServedGateway;
  beforeAll(async () => {
    const identity = { jwksUrl, issuer: ISSUER, audience: AUDIENCE };
    gateway = await ServedGateway.start(supergraphSdl, { subgraphs, identity });
  });
  afterAll(() => gateway?.stop());

  test.each(['RS256', 'ES256'] as const)(
    'accepts its %s tokens, which name no session',
    async (algorithm) => {
      const { body } = await gateway.ask('{ caller ledger }', bearer(token(algorithm)));
      const viewer = { userId: 'auth0|1', sessionId: null };
      expect(body).toEqual({
        data: { caller: JSON.stringify([viewer, ['ledger:read']]), ledger: 'balanced' },
      });
    },
  );

  test('takes both forms of an ES256 signature', async () => {
    for (let n = 0; n < 16; n += 1) {
      const { status } = await gateway.ask('{ ledger }', bearer(token('ES256', { n })));
      expect(status).toBe(200);
    }
  });

  test('enforces the scopes of its tokens', async () => {
    const { body } = await gateway.ask('{ ledger }', bearer(token('RS256', { scope: 'other' })));
    expect(body.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    expect((await gateway.ask('{ ledger }')).body.errors).toMatchObject([
      { extensions: { code: 'UNAUTHENTICATED' } },
    ]);
  });

  test.each([
    ['of another issuer', { iss: 'https://evil.example.com/' }],
    ['for another audience', { aud: 'https://other.example.com' }],
    ['that expired', { exp: 1 }],
  ])('rejects a token %s', async (_, body) => {
    const claims = { iss: ISSUER, aud: AUDIENCE, sub: 'u', exp: Date.now() / 1_000 + 60, ...body };
    const forged = jwt.sign(claims, rsa.privateKey, { algorithm: 'RS256', keyid: 'rsa' });
    expect((await gateway.ask('{ caller }', bearer(forged))).status).toBe(401);
  });

  test.each([
    ['the key of another algorithm', token('RS256', {}, 'ec')],
    ['a key for encryption', token('RS256', {}, 'encryption')],
    [
      'the public key as an HMAC secret',
      jwt.sign({ sub: 'u' }, rsa.publicKey.export({ format: 'pem', type: 'spki' }), {
        algorithm: 'HS256',
        keyid: 'rsa',
        issuer: ISSUER,
        audience: AUDIENCE,
        expiresIn: 60,
      }),
    ],
  ])('rejects a token that names %s', async (_, forged) => {
    expect((await gateway.ask('{ caller }', bearer(forged))).status).toBe(401);
  });
});

test('a gateway that lists one algorithm rejects tokens of the other', async () => {
  const identity = { jwksUrl, issuer: ISSUER, audience: AUDIENCE, algorithms: ['ES256'] as const };
  const gateway = await ServedGateway.start(supergraphSdl, { subgraphs, identity });
  try {
    expect((await gateway.ask('{ ledger }', bearer(token('ES256')))).status).toBe(200);
    expect((await gateway.ask('{ ledger }', bearer(token('RS256')))).status).toBe(401);
  } finally {
    await gateway.stop();
  }
});

test('a gateway without an identity provider serves anonymous callers, and rejects every token', async () => {
  const gateway = await ServedGateway.start(supergraphSdl, { subgraphs });
  try {
    expect((await gateway.ask('{ caller }')).body).toEqual({ data: { caller: '[null,[]]' } });
    const { status, body } = await gateway.ask('{ caller }', bearer(token('ES256')));
    expect([status, body.errors?.[0]?.extensions.code]).toEqual([401, 'UNAUTHENTICATED']);
  } finally {
    await gateway.stop();
  }
});
