import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { repositoryRoot } from './repository.js';
import { randomSecrets } from './secrets.js';
import { describeServices, type SystemPlan } from './services.js';
import { allSubgraphs, perSubgraph, subgraphWith } from './subgraphs.js';

const plan: SystemPlan = {
  ports: { gateway: 5_000, ...perSubgraph(({ port }) => port + 1_000) },
  databaseUrls: perSubgraph(({ name }) => `postgres://db/${name}`),
  secrets: randomSecrets(),
  nodeEnv: 'test',
  logLevel: 'info',
};
const environmentWith = (variable: string, more: Partial<SystemPlan> = {}) =>
  describeServices({ ...plan, ...more })[subgraphWith(variable)!.name]!.environment;

describe('the environments of services', () => {
  test('have the address and the secret of each subgraph at the gateway', () => {
    const { environment } = describeServices(plan).gateway;
    expect(environment).toMatchObject({
      PORT: '5000',
      SUPERGRAPH_FILE: path.join(repositoryRoot, 'supergraph.graphql'),
    });
    for (const { names, port } of allSubgraphs()) {
      expect(environment[names.url]).toBe(`http://127.0.0.1:${port + 1_000}`);
      expect(environment[names.secret]).toBe(plan.secrets[names.secret]);
    }
  });

  test('have what each subgraph needs', () => {
    const services = describeServices(plan);
    for (const { name, names, port } of allSubgraphs()) {
      expect(services[name]!.environment).toMatchObject({
        PORT: String(port + 1_000),
        DATABASE_URL: `postgres://db/${name}`,
        TXN_TOKEN_SECRET: plan.secrets[names.secret],
      });
    }
  });

  test('have the secrets and the development values of service.yaml', () => {
    expect(environmentWith('SIGNING_KEY_SECRET').SIGNING_KEY_SECRET).toBe(plan.secrets.SIGNING_KEY_SECRET);
    expect(environmentWith('APP_URL', { dataDir: '/data' })).toMatchObject({
      APP_URL: 'http://127.0.0.1:5000',
      MAIL_FOLDER: '/data/mail',
    });
    expect(environmentWith('TCP_PORT', { morePorts: { TCP_PORT: 5_003 } }).TCP_PORT).toBe('5003');
  });

  test('have no development value whose parts are unknown', () => {
    expect(environmentWith('APP_URL')).not.toHaveProperty('MAIL_FOLDER');
    expect(environmentWith('TCP_PORT')).not.toHaveProperty('TCP_PORT');
  });

  test('replace no inherited value, except with a secret', () => {
    const inherited = { APP_URL: 'https://app.example.com', TCP_CALLERS: '[]' };
    expect(environmentWith('APP_URL', { inherited })).not.toHaveProperty('APP_URL');
    expect(environmentWith('TCP_PORT', { inherited }).TCP_CALLERS).toContain(
      plan.secrets.MONOLITH_TCP_SECRET,
    );
  });
});
