import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { repositoryRoot } from '@supergraph/tools/repository';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { resetPassword } from '../testing/mail.js';
import { mailedToken } from '../testing/mailed-token.js';
import { ADA, BOB, canLogIn, join, logIn, refresh, register } from '../testing/people.js';
import { gatewayHeaders, runUsers, type RunningUsers } from '../testing/running-users.js';

const EVE = { ...ADA, email: 'eve@example.com' };

const operators = readFileSync(path.join(repositoryRoot, 'docs/accounts.md'), 'utf8');
/** The blocks of SQL that this part of the manual prints, in their order. */
function sqlOf(part: string): string[] {
  const [, text = ''] = operators.split(`**${part}.**`);
  const [ours = ''] = text.split(/^\*\*/m);
  return [...ours.matchAll(/^```sql\n(.*?)^```/gms)].map(([, sql = '']) => sql);
}

describe('what docs/accounts.md has an operator do', () => {
  let testDatabase: TestDatabase;
  let users: RunningUsers;
  beforeEach(async () => {
    testDatabase = await createTestDatabase('users');
    users = await runUsers(testDatabase.url);
  });
  afterEach(async () => {
    await users?.close();
    await testDatabase?.drop();
  });
  /** Runs each statement in a separate transaction, as psql does. */
  const run = async (sql: string) => {
    for (const statement of sql.split(';')) await users.database.query(statement);
  };
  const ended = async () => {
    const response = await fetch(`${users.origin}/revoked-sessions`, { headers: gatewayHeaders() });
    return ((await response.json()) as { sessions: string[] }).sessions;
  };
  const accounts = async () =>
    (await users.database.query<{ id: string }[]>('SELECT id FROM users')).map(({ id }) => id);

  test('revokes the sessions of one user without locking them out', async () => {
    const [eve, bob] = [await join(users, EVE), await join(users, BOB)];
    const [sql, ...others] = sqlOf('Throwing somebody out');
    expect(others).toEqual([]);
    await run(sql!);
    expect(await ended()).toEqual([eve.auth.viewer.sessionId]);
    expect(await refresh(users, bob.tokens.refreshToken)).toMatchObject({ userErrors: [] });
    expect(await canLogIn(users, EVE)).toBe(true);
  });

  test('deletes an account after revoking its sessions and closing it to logins', async () => {
    const sessions = [await join(users, EVE), await logIn(users, EVE)];
    const bob = await join(users, BOB);
    const mailed = await mailedToken(users, EVE.email, 'RESET_PASSWORD');
    const [first, then, ...others] = sqlOf('Deleting an account');
    expect(others).toEqual([]);

    await run(first!);
    expect((await ended()).toSorted()).toEqual(sessions.map(({ auth }) => auth.viewer.sessionId).toSorted());
    const { userErrors } = await refresh(users, sessions[0]!.tokens.refreshToken);
    expect(userErrors).toMatchObject([{ code: 'INVALID_TOKEN' }]);
    expect(await canLogIn(users, EVE)).toBe(false);
    const password = 'an entirely new password';
    expect(await resetPassword(users, mailed, password)).toEqual([]);
    expect(await canLogIn(users, { ...EVE, password })).toBe(false);
    await register(users, EVE);
    const recreated = await logIn(users, EVE);

    await run(then!);
    const left = [bob, recreated].map(({ auth }) => auth.viewer.userId);
    expect((await accounts()).toSorted()).toEqual(left.toSorted());
    expect(await refresh(users, bob.tokens.refreshToken)).toMatchObject({ userErrors: [] });
    expect(await refresh(users, recreated.tokens.refreshToken)).toMatchObject({ userErrors: [] });
  });
});
