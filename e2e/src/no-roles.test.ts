import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { repositoryRoot } from '@supergraph/tools/repository';
import { buildSchema, OperationTypeNode } from 'graphql';
import { generateOperations, type GeneratedOperation } from './harness/generated-operations.js';
import { post } from './harness/http.js';
import { ask, liveClient, watch } from './harness/live-client.js';
import { addSubscriber, logIn, newPerson, PASSWORD, type Person } from './harness/people.js';
import { startOwnSystem, type TestSystem } from './harness/test-system.js';

/** Every address that is not the account's own has this domain. */
const HIDDEN = /hidden\.example/i;
const OWNER = { email: 'owner@hidden.example', password: 'walnut-otter-19' };
const GRACE = { email: 'grace@hidden.example', name: 'Grace of hidden.example' };
const NO_LIMIT = '1000000000';

const schema = buildSchema(readFileSync(path.join(repositoryRoot, 'supergraph.graphql'), 'utf8'));

describe('a fresh account in production', () => {
  let system: TestSystem;
  let url: string;
  let owner: { accessToken: string; userId: string };
  let fresh: Person;
  let operations: GeneratedOperation[];
  beforeAll(async () => {
    system = await startOwnSystem({
      nodeEnv: 'production',
      env: {
        users: {
          OWNER_EMAIL: OWNER.email,
          OWNER_PASSWORD: OWNER.password,
          // A refusal for too many attempts would hide what comes without it.
          ATTEMPTS_PER_ACCOUNT_AND_ADDRESS: NO_LIMIT,
          ATTEMPTS_PER_ACCOUNT: NO_LIMIT,
          ATTEMPTS_PER_ADDRESS: NO_LIMIT,
        },
      },
    });
    url = system.gatewayUrl;
  });
  afterAll(() => system?.stop());

  test('cannot be made unless registration is opened', async () => {
    const { data, errors } = await register('ada@fresh.example', PASSWORD);
    expect(data).toBeNull();
    expect(errors).toMatchObject([{ message: 'Registration is closed.', extensions: { code: 'FORBIDDEN' } }]);
  });

  describe('once registration is open', () => {
    beforeAll(async () => {
      await system.restart('users', { REGISTRATION: 'open' });
      owner = await logIn(url, OWNER.email, OWNER.password);
      const { subscriber } = await addSubscriber(url, owner.accessToken, GRACE);
      await register(GRACE.email, 'hedgehog-lantern-71');
      fresh = await newPerson(url);
      const targets = [
        { email: OWNER.email, ID: owner.userId },
        { email: GRACE.email, ID: subscriber.id },
        { email: fresh.email, ID: fresh.userId },
      ];
      const passwords = { password: PASSWORD, currentPassword: PASSWORD, newPassword: PASSWORD };
      const known = { ...passwords, query: 'hidden', first: 2, String: 'x' };
      const generated = targets.flatMap((target) => generateOperations(schema, { ...known, ...target }));
      operations = [...new Map(generated.map((each) => [each.query, each])).values()];
    });

    test('has no roles and no scopes', async () => {
      const query = '{ viewer { email scopes user { displayName email roles } } }';
      const { data } = await post(url, query, { token: fresh.accessToken });
      expect(data.viewer).toEqual({
        email: fresh.email,
        scopes: [],
        user: { displayName: fresh.displayName, email: null, roles: null },
      });
    });

    test('would see addresses by these operations if it were the owner', async () => {
      const seen = new Set<string>();
      for (const { kind, field, query } of operations) {
        if (kind !== OperationTypeNode.QUERY) continue;
        const { text, errors } = await post(url, query, { token: owner.accessToken });
        expect({ query, errors }).toEqual({ query, errors: undefined });
        if (HIDDEN.test(text)) seen.add(field);
      }
      const fields = ['subscriber', 'subscriberByEmail', 'subscribers', 'user', 'users', 'viewer'];
      expect([...seen].sort()).toEqual(fields);
    });

    test.each(['HTTP', 'WebSocket'])('sees no address but its own over %s', async (transport) => {
      let token = fresh.accessToken;
      const seen: string[] = [];
      for (const { kind, field, query } of operations) {
        // Some mutations end the session, and the answers to an anonymous caller would prove nothing.
        const { data } = await post(url, '{ viewer { email } }', { token });
        if (!data?.viewer) token = (await logIn(url, fresh.email)).accessToken;
        const text = await (transport === 'HTTP' ? byHttp(query, token, kind) : bySocket(query, token, kind));
        if (HIDDEN.test(text)) seen.push(`${field}: ${text}`);
        if (kind === OperationTypeNode.SUBSCRIPTION) expect(text).toContain('FORBIDDEN');
        expect(text).not.toMatch(/GRAPHQL_VALIDATION_FAILED|RATE_LIMITED|INTERNAL_SERVER_ERROR|UNAVAILABLE/);
      }
      expect(seen).toEqual([]);
    });
  });

  const register = (email: string, password: string) =>
    post(url, 'mutation ($input: RegisterInput!) { register(input: $input) { accepted } }', {
      variables: { input: { email, password, displayName: 'Somebody' } },
    });

  const byHttp = async (query: string, token: string, kind: OperationTypeNode) => {
    const accept = kind === OperationTypeNode.SUBSCRIPTION ? 'text/event-stream' : 'application/json';
    return (await post(url, query, { token, headers: { accept } })).text;
  };

  const bySocket = async (query: string, token: string, kind: OperationTypeNode) => {
    const client = liveClient(url, token);
    try {
      if (kind !== OperationTypeNode.SUBSCRIPTION) return JSON.stringify(await ask(client, query));
      const watching = watch(client, query);
      return JSON.stringify([await watching.waitForEnd(), watching.events]);
    } catch (error) {
      return JSON.stringify(error);
    } finally {
      await client.dispose();
    }
  };
});
