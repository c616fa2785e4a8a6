import { describe, expect, test } from '@jest/globals';
import { parseStartEnvironment, portsByVariable } from './environment.js';

const parse = (environment: Record<string, string>) => parseStartEnvironment(environment, '/repository');

const problems = (environment: Record<string, string>): string[] => {
  try {
    parse(environment);
    return [];
  } catch (error) {
    return (error as Error).message.split('\n');
  }
};

describe('the environment of npm start', () => {
  test('has defaults for all variables', () => {
    expect(parse({})).toEqual({
      ports: { gateway: 4000, users: 4001, 'email-subscriptions': 4002 },
      morePorts: { TCP_PORT: 4003 },
      dataDir: '/repository/.data',
      logLevel: 'info',
      database: { kind: 'embedded', port: 54_329 },
    });
  });

  test('treats an empty variable as not set', () => {
    expect(parse({ GATEWAY_PORT: '', USERS_DATABASE_URL: ' ', DATA_DIR: '' })).toEqual(parse({}));
  });

  test('sets ports and the data directory, relative to the repository', () => {
    const parsed = parse({
      GATEWAY_PORT: '5000',
      POSTGRES_PORT: '5001',
      DATA_DIR: 'other',
      LOG_LEVEL: 'debug',
    });
    expect(parsed.ports.gateway).toBe(5000);
    expect(parsed.database).toEqual({ kind: 'embedded', port: 5001 });
    expect(parsed.dataDir).toBe('/repository/other');
    expect(parsed.logLevel).toBe('debug');
  });

  test('accepts your own databases, both or neither', () => {
    const urls = {
      users: 'postgres://u:p@db/users',
      'email-subscriptions': 'postgresql://u:p@db:5433/emails',
    };
    const environment = {
      USERS_DATABASE_URL: urls.users,
      EMAIL_SUBSCRIPTIONS_DATABASE_URL: urls['email-subscriptions'],
    };
    expect(parse(environment).database).toEqual({ kind: 'given', urls });
    expect(problems({ USERS_DATABASE_URL: urls.users })).toEqual([
      'USERS_DATABASE_URL is set, so EMAIL_SUBSCRIPTIONS_DATABASE_URL must be set, too (or neither)',
    ]);
    expect(problems({ EMAIL_SUBSCRIPTIONS_DATABASE_URL: urls.users })).toEqual([
      'EMAIL_SUBSCRIPTIONS_DATABASE_URL is set, so USERS_DATABASE_URL must be set, too (or neither)',
    ]);
  });

  test('lists all ports that will be used, and that of Postgres only if it is embedded', () => {
    const ports = { GATEWAY_PORT: 5000, USERS_PORT: 4001, EMAIL_SUBSCRIPTIONS_PORT: 4002, TCP_PORT: 4003 };
    expect(portsByVariable(parse({ GATEWAY_PORT: '5000', POSTGRES_PORT: '5001' }))).toEqual({
      ...ports,
      POSTGRES_PORT: 5001,
    });
    const given = {
      USERS_DATABASE_URL: 'postgres://u:p@db/users',
      EMAIL_SUBSCRIPTIONS_DATABASE_URL: 'postgres://u:p@db/emails',
    };
    expect(portsByVariable(parse({ GATEWAY_PORT: '5000', ...given }))).toEqual(ports);
  });

  test('names all bad variables at once', () => {
    const found = problems({
      GATEWAY_PORT: 'http',
      USERS_PORT: '0',
      EMAIL_SUBSCRIPTIONS_PORT: '65536',
      USERS_DATABASE_URL: 'mysql://db/users',
      EMAIL_SUBSCRIPTIONS_DATABASE_URL: 'postgres://db',
    });
    expect(found.map((line) => line.split(' ')[0])).toEqual([
      'GATEWAY_PORT',
      'USERS_PORT',
      'EMAIL_SUBSCRIPTIONS_PORT',
      'USERS_DATABASE_URL',
      'EMAIL_SUBSCRIPTIONS_DATABASE_URL',
    ]);
  });

  test('rejects the same port twice', () => {
    expect(problems({ USERS_PORT: '4000' })).toEqual([
      'USERS_PORT and GATEWAY_PORT are both 4000: each needs its own port',
    ]);
  });

  test.each([
    'nonsense:secret',
    'mysql://u:secret@db/x',
    'postgres://u:secret@db/',
    'postgres:///x?password=secret',
  ])('never shows the password of a bad URL (%s)', (url) => {
    const found = problems({ USERS_DATABASE_URL: url, EMAIL_SUBSCRIPTIONS_DATABASE_URL: 'postgres://db/x' });
    expect(found).toHaveLength(1);
    expect(found[0]).not.toContain('secret');
  });
});
