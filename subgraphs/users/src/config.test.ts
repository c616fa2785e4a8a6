import { describe, expect, test } from '@jest/globals';
import { subgraph } from './subgraph.js';

const SET = {
  DATABASE_URL: 'postgres://users:password@127.0.0.1:5432/users',
  TXN_TOKEN_SECRET: 'a secret of thirty-two bytes at least',
  SIGNING_KEY_SECRET: 'another secret of thirty-two bytes at least',
};

describe('the environment of users', () => {
  test('is rejected with all bad and missing variables', () => {
    const environment = { PORT: 'http', TXN_TOKEN_SECRET: 'short', DEFAULT_ROLE: 'OWNER' };
    expect(() => subgraph.readConfig(environment)).toThrow(
      [
        'The environment is not usable:',
        'PORT is not a whole number from 0 to 65535',
        'DATABASE_URL is missing',
        'TXN_TOKEN_SECRET is shorter than 32 bytes',
        'SIGNING_KEY_SECRET is missing',
        'DEFAULT_ROLE is not one of ADMIN, EDITOR, READER, NONE',
      ].join('\n  - '),
    );
  });

  test.each(['smtp:', 'smtp://', 'mail.example.com:25', 'http://mail.example.com'])(
    'rejects the mail server %s',
    (SMTP_URL) => {
      expect(() => subgraph.readConfig({ ...SET, SMTP_URL })).toThrow(
        'SMTP_URL is not a URL such as smtp://user:password@mail.example.com:587',
      );
    },
  );

  test('requires that keys sign only after every replica has loaded them', () => {
    const message = 'SIGNING_KEY_LEAD_MS must be longer than SIGNING_KEYS_REFRESH_MS';
    expect(() => subgraph.readConfig({ ...SET, SIGNING_KEYS_REFRESH_MS: '600000' })).toThrow(message);
    expect(() => subgraph.readConfig({ ...SET, SIGNING_KEY_LEAD_MS: '5000' })).toThrow(message);
    expect(subgraph.readConfig({ ...SET, SIGNING_KEYS_REFRESH_MS: '599999' }).SIGNING_KEYS_REFRESH_MS).toBe(
      599_999,
    );
    expect(subgraph.readConfig({ ...SET, SIGNING_KEY_LEAD_MS: '0' }).SIGNING_KEY_LEAD_MS).toBe(0);
  });

  test('closes registration and assigns no role in production by default', () => {
    const defaults = (environment: object) => {
      const { REGISTRATION, DEFAULT_ROLE } = subgraph.readConfig({ ...SET, ...environment });
      return [REGISTRATION, DEFAULT_ROLE];
    };
    const production = { NODE_ENV: 'production', REGISTRATION: '', DEFAULT_ROLE: '' };
    expect(defaults(production)).toEqual(['closed', 'NONE']);
    expect(defaults({ ...production, REGISTRATION: 'open' })).toEqual(['open', 'NONE']);
    expect(defaults({ ...production, DEFAULT_ROLE: 'READER' })).toEqual(['closed', 'READER']);
    for (const NODE_ENV of ['', 'development', 'test'])
      expect(defaults({ NODE_ENV })).toEqual(['open', 'EDITOR']);
    expect(defaults({ REGISTRATION: 'closed', DEFAULT_ROLE: 'NONE' })).toEqual(['closed', 'NONE']);
  });

  test('lowers the cost of password hashes anywhere but in production', () => {
    const cost = (environment: object) => subgraph.readConfig({ ...SET, ...environment }).PASSWORD_HASH_COST;
    expect(cost({})).toBe('full');
    expect(cost({ PASSWORD_HASH_COST: 'low' })).toBe('low');
    expect(cost({ NODE_ENV: 'production' })).toBe('full');
    expect(cost({ NODE_ENV: 'production', PASSWORD_HASH_COST: 'full' })).toBe('full');
    expect(() => cost({ NODE_ENV: 'production', PASSWORD_HASH_COST: 'low' })).toThrow(
      'PASSWORD_HASH_COST must be full in production',
    );
    expect(() => cost({ PASSWORD_HASH_COST: 'none' })).toThrow('PASSWORD_HASH_COST is not full or low');
  });

  test('limits attempts to 10 for an account and address, 50 for an account and 100 for an address in 15 minutes', () => {
    expect(subgraph.readConfig(SET)).toMatchObject({
      ATTEMPTS_PER_ACCOUNT_AND_ADDRESS: 10,
      ATTEMPTS_PER_ACCOUNT: 50,
      ATTEMPTS_PER_ADDRESS: 100,
      ATTEMPTS_SECONDS: 900,
    });
  });

  test('rejects an owner address with invisible characters', () => {
    const environment = { ...SET, OWNER_EMAIL: 'ada\u200b@example.com', OWNER_PASSWORD: 'walnut-otter-19' };
    expect(() => subgraph.readConfig(environment)).toThrow('OWNER_EMAIL is not an e-mail address');
  });

  test.each([
    ['OWNER_EMAIL', 'ada@example.com'],
    ['OWNER_PASSWORD', 'walnut-otter-19'],
  ])('rejects %s alone', (name, value) => {
    expect(() => subgraph.readConfig({ ...SET, [name]: value })).toThrow(
      'OWNER_EMAIL and OWNER_PASSWORD must be set together',
    );
  });

  test('reports all combinations that are not allowed at once', () => {
    const environment = { ...SET, OWNER_EMAIL: 'ada@example.com', SIGNING_KEYS_REFRESH_MS: '3600000' };
    expect(() => subgraph.readConfig(environment)).toThrow(/OWNER_PASSWORD[^]*SIGNING_KEY_LEAD_MS/);
  });
});
