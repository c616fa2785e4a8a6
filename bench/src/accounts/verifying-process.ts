import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { repositoryRoot } from '@supergraph/tools/repository';

/** Microseconds for each token, one value a round. */
export interface VerificationTimes {
  readonly uncached: readonly number[];
  readonly cached: readonly number[];
}

interface Keys {
  start(): Promise<void>;
  stop(): void;
}

/** The gateway's own modules, which it exports to nobody. */
interface Modules {
  KeySet: new (url: string, refreshMs: number, logger: object) => Keys;
  IdentityService: new (
    keys: Keys,
    logger: object,
    revoked: ReadonlySet<string>,
  ) => {
    identify(authorization: string): unknown;
  };
  signAccessToken: (claims: object, key: { kid: string; privateKey: KeyObject }) => string;
}

const ROUNDS = 5;
const TOKENS = 5_000;
const CACHED_TURNS = 100;
/** Sessions that were ended, among which each token's is looked for. */
const REVOKED = 10_000;
const KEYS_REFRESH_MS = 300_000;
const SILENT = { info() {}, warn() {}, error() {} };

const modules = await Promise.all(
  [
    'gateway/dist/identity/key-set.js',
    'gateway/dist/identity/identity.js',
    'libs/auth-context/dist/access-token.js',
  ].map((file): Promise<Partial<Modules>> => import(pathToFileURL(path.join(repositoryRoot, file)).href)),
);
const { KeySet, IdentityService, signAccessToken } = Object.assign({}, ...modules) as Modules;

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const kid = 'bench';
const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'ES256' }] };
const server = createServer((_, response) => response.end(JSON.stringify(jwks)));
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address() as AddressInfo;
const keys = new KeySet(`http://127.0.0.1:${port}/.well-known/jwks.json`, KEYS_REFRESH_MS, SILENT);
await keys.start();

process.once('disconnect', () => process.exit(0));
process.send?.('started');
const revoked = new Set(Array.from({ length: REVOKED }, () => randomUUID()));
const times = { uncached: [] as number[], cached: [] as number[] };
// One round more than counts: the first one is for the compiler.
for (let round = 0; round <= ROUNDS; round += 1) {
  const tokens = Array.from({ length: TOKENS }, () => `Bearer ${newToken()}`);
  const identity = new IdentityService(keys, SILENT, revoked);
  const uncached = await each(tokens, async (token) => {
    await identity.identify(token);
  });
  let cached = 0;
  for (let turn = 0; turn < CACHED_TURNS; turn += 1) {
    cached += await each(tokens, (token) => void identity.identify(token));
  }
  if (round === 0) continue;
  times.uncached.push(uncached);
  times.cached.push(cached / CACHED_TURNS);
}
process.send?.(times);
keys.stop();
server.close();

function newToken(): string {
  const [userId, sessionId, tokenId] = [randomUUID(), randomUUID(), randomUUID()];
  const scopes = ['users:read', 'subscribers:read', 'subscribers:write'];
  return signAccessToken({ userId, sessionId, scopes, tokenId }, { kid, privateKey });
}

/** One after the other; microseconds for each. A call that gives no promise is not awaited, as the gateway does not. */
async function each(tokens: readonly string[], identify: (token: string) => void | Promise<void>) {
  const from = performance.now();
  for (const token of tokens) {
    const pending = identify(token);
    if (pending) await pending;
  }
  return ((performance.now() - from) * 1_000) / tokens.length;
}
