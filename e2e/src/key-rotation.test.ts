import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freePort } from '@supergraph/tools/free-port';
import { startServiceProcess, type ServiceProcess } from '@supergraph/tools/service-process';
import { describeServices } from '@supergraph/tools/services';
import { Balancer } from './harness/balancer.js';
import { eventually } from './harness/eventually.js';
import { codesOf, post } from './harness/http.js';
import { length } from './harness/length.js';
import { logIn, newPerson, type Person } from './harness/people.js';
import { keyMaker, letKeysAge, publishedKeys, rotateKeys } from './harness/signing-keys.js';
import { startOwnSystem, type TestSystem } from './harness/test-system.js';

const ROTATIONS = length(10, 100);
/** Longer than both refresh intervals together, with room for a busy machine. */
const LEAD_MS = 6_000;
const USERS = { ACCESS_TOKEN_SECONDS: '8', SIGNING_KEYS_REFRESH_MS: '50' };
const GATEWAY = { KEYS_REFRESH_MS: '100', RATE_LIMIT_OPERATIONS: '0' };
/** The longest life of a token, plus a minute and a second. */
const KEY_EXPIRY_SECONDS = 661;
const MOST_TOKENS = 200;
/** Leaves time to the other processes of a small machine. */
const PAUSE_MS = 100;
/** A token that expires during its request proves nothing. */
const LEAST_LIFE_MS = 1_000;
const REFRESH = `mutation ($token: String!) {
  refreshSession(input: { refreshToken: $token }) { tokens { accessToken refreshToken } userErrors { code } }
}`;

let system: TestSystem;
let balancer: Balancer;
let other: ServiceProcess;
let origins: string[];
let clients: TokenClient[];
beforeAll(async () => {
  const otherPort = await freePort();
  system = await startOwnSystem({
    env: { users: USERS, gateway: GATEWAY },
    between: {
      users: async (origin) => {
        origins = [origin, `http://127.0.0.1:${otherPort}`];
        balancer = await Balancer.start(origins.map((each) => Number(new URL(each).port)));
        return balancer.origin;
      },
    },
  });
  const { databaseUrls, secrets } = system;
  const ports = { users: otherPort, gateway: 0 };
  const services = describeServices({ ports, databaseUrls, secrets, nodeEnv: 'test', logLevel: 'info' });
  const users = services.users!;
  other = startServiceProcess({ ...users, environment: { ...users.environment, ...USERS } });
  await other.ready();
});
afterAll(async () => {
  await Promise.all((clients ?? []).map((client) => client.stop().catch(() => undefined)));
  await other?.stop();
  await balancer?.close();
  await system?.stop();
});

interface HeldToken {
  readonly text: string;
  readonly kid: string;
  readonly expiresAt: number;
}

/** A user who gets one access token after another, and uses the oldest, the newest and one between. */
class TokenClient {
  /** The ids of the keys that signed its tokens. */
  readonly kids = new Set<string>();
  /** The number of new tokens. */
  renewed = 0;
  /** The number of requests with an accepted token. */
  accepted = 0;
  /** Failed requests with valid tokens. */
  readonly rejections: string[] = [];
  private tokens: HeldToken[] = [];
  private refreshToken: string;
  private stopped = false;
  private readonly done: Promise<void>;

  private constructor(
    private readonly user: Person,
    private readonly by: 'login' | 'refresh',
  ) {
    this.refreshToken = user.refreshToken;
    this.hold(user.accessToken);
    this.done = this.run();
    this.done.catch(() => undefined);
  }

  static async start(by: 'login' | 'refresh'): Promise<TokenClient> {
    return new TokenClient(await newPerson(system.gatewayUrl), by);
  }

  /** @throws Error when it could not get a token */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.done;
  }

  private async run(): Promise<void> {
    for (let turn = 0; !this.stopped; turn += 1) {
      this.hold(await this.newToken());
      this.renewed += 1;
      this.tokens = this.tokens.filter(({ expiresAt }) => expiresAt - Date.now() > LEAST_LIFE_MS);
      const used = [this.tokens[0], this.tokens[(turn * 7) % this.tokens.length], this.tokens.at(-1)];
      await Promise.all(used.map(async (token) => token && this.use(token)));
      await delay(PAUSE_MS);
    }
  }

  private async newToken(): Promise<string> {
    if (this.by === 'login') return (await logIn(system.gatewayUrl, this.user.email)).accessToken;
    const { data, text } = await post(system.gatewayUrl, REFRESH, {
      variables: { token: this.refreshToken },
    });
    const tokens = data?.refreshSession?.tokens as Person | undefined;
    if (!tokens) throw new Error(`refreshSession: ${text}`);
    this.refreshToken = tokens.refreshToken;
    return tokens.accessToken;
  }

  private async use({ text, kid, expiresAt }: HeldToken): Promise<void> {
    const response = await post(system.gatewayUrl, '{ viewer { user { id } } }', { token: text });
    if (response.data?.viewer?.user?.id === this.user.userId) this.accepted += 1;
    else if (expiresAt > Date.now()) {
      this.rejections.push(`${kid}: ${response.status} ${codesOf(response).join()} ${response.text}`);
    }
  }

  private hold(text: string): void {
    const [header = '', claims = ''] = text
      .split('.')
      .map((part) => Buffer.from(part, 'base64url').toString());
    const { kid } = JSON.parse(header) as { kid: string };
    const { exp } = JSON.parse(claims) as { exp: number };
    this.kids.add(kid);
    this.tokens = [...this.tokens, { text, kid, expiresAt: exp * 1_000 }].slice(-MOST_TOKENS);
  }
}

test('rejects no token before it expires while keys rotate at two replicas', async () => {
  clients = await Promise.all(
    (['refresh', 'refresh', 'refresh', 'login'] as const).map((by) => TokenClient.start(by)),
  );
  const keys = await keyMaker(system.databaseUrls.users!, system.secrets.SIGNING_KEY_SECRET!, LEAD_MS);
  const made: string[] = [];
  try {
    while (made.length < ROTATIONS) {
      const before = clients.map(({ renewed }) => renewed);
      made.push((await keys.make()).kid);
      await eventually(
        () => clients,
        () => clients.every(({ renewed }, index) => renewed > before[index]!),
      );
    }
    const last = made.at(-1)!;
    await eventually(
      () => clients,
      () => clients.every(({ kids }) => kids.has(last)),
    );
  } finally {
    await keys.close();
    await Promise.all(clients.map((client) => client.stop()));
  }
  expect(clients.flatMap(({ rejections }) => rejections)).toEqual([]);
  const signers = new Set(clients.flatMap(({ kids }) => [...kids]));
  expect(made.filter((kid) => signers.has(kid)).length).toBeGreaterThan(ROTATIONS / 2);
  expect(clients.reduce((sum, { accepted }) => sum + accepted, 0)).toBeGreaterThan(10 * ROTATIONS);

  for (const origin of origins) expect(await publishedKeys(origin)).toHaveLength(ROTATIONS + 1);
  await letKeysAge(system.databaseUrls.users!, KEY_EXPIRY_SECONDS);
  for (const origin of origins) {
    await eventually(
      () => publishedKeys(origin),
      (kids) => kids.length === 1 && kids[0] === made.at(-1),
    );
  }
}, 120_000);

test('publishes a new key after rotate-keys, and then signs with it', async () => {
  const before = await publishedKeys(origins[0]!);
  const output = await rotateKeys({
    DATABASE_URL: system.databaseUrls.users!,
    SIGNING_KEY_SECRET: system.secrets.SIGNING_KEY_SECRET!,
    SIGNING_KEY_LEAD_MS: String(LEAD_MS),
  });
  const kid = /the new key ([\w-]{43}) signs from/.exec(output)?.[1];
  for (const origin of origins) {
    await eventually(
      () => publishedKeys(origin),
      (kids) => kids.join() === [...before, kid].join(),
    );
  }
  const client = await TokenClient.start('refresh');
  clients.push(client);
  await eventually(
    () => [...client.kids],
    (kids) => kids.includes(kid!),
  );
  await client.stop();
  expect(client.rejections).toEqual([]);
});
