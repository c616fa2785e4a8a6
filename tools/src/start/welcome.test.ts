import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { repositoryRoot } from '../repository.js';
import { welcome } from './welcome.js';

const PORTS = { gateway: 4000 };

/** The values that a text has for a field, in GraphQL or in JSON. */
const typed = (text: string, field: string) =>
  new Set([...text.matchAll(new RegExp(`\\b${field}"?: ?"([^"]+)"`, 'g'))].map(([, value]) => value));

describe('the welcome', () => {
  test('registers the account that README.md logs in with', async () => {
    const printed = welcome({ ports: PORTS, monolithCommand: '' });
    const readme = await readFile(path.join(repositoryRoot, 'README.md'), 'utf8');
    const [password] = typed(printed, 'password');
    expect(password).toBeDefined();
    expect(typed(printed, 'password')).toEqual(new Set([password]));
    expect(typed(readme, 'password')).toEqual(new Set([password]));
    const [email] = typed(printed, 'email');
    expect(readme).toContain(`login(input: { email: "${email}"`);
  });
});
