import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { ADA, BOB, join, logIn, register, type LoggedIn } from '../testing/people.js';
import { runUsers, type RunningUsers } from '../testing/running-users.js';

const OWNER = { email: 'owner@example.com', password: 'walnut-otter-19', displayName: 'Owner' };
const OWNER_VARIABLES = { OWNER_EMAIL: OWNER.email, OWNER_PASSWORD: OWNER.password };

/** Every insert into it fails. */
const BREAK_AUDIT_LOG = 'ALTER TABLE audit_log ADD CONSTRAINT broken CHECK (false) NOT VALID';

/** Whoever has changed the table cannot commit. */
const breakCommits = (table: string) => `
  CREATE FUNCTION refuse_to_commit() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'no commit'; END $$;
  CREATE CONSTRAINT TRIGGER refuse_to_commit AFTER INSERT OR UPDATE ON ${table}
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_to_commit()`;

describe('a change and its line in the audit log', () => {
  let testDatabase: TestDatabase;
  let users: RunningUsers;
  let owner: LoggedIn;
  let ada: LoggedIn;
  beforeEach(async () => {
    testDatabase = await createTestDatabase('users');
    users = await runUsers(testDatabase.url, OWNER_VARIABLES);
    owner = await logIn(users, OWNER);
    ada = await join(users, ADA);
  });
  afterEach(async () => {
    await users?.close();
    await testDatabase?.drop();
  });
  const changes = {
    register: () => register(users, BOB),
    login: () =>
      users.ask('mutation ($input: LoginInput!) { login(input: $input) { tokens { expiresAt } } }', {
        variables: { input: { email: ADA.email, password: ADA.password } },
      }),
    setUserRoles: () =>
      users.ask('mutation ($input: SetUserRolesInput!) { setUserRoles(input: $input) { user { id } } }', {
        variables: { input: { userId: ada.auth.viewer.userId, roles: ['ADMIN'] } },
        as: owner.auth,
      }),
  };
  const state = async () => {
    const tables = ['users', 'sessions', 'audit_log'];
    return Promise.all(tables.map((table) => users.database.query(`SELECT * FROM ${table} ORDER BY id`)));
  };

  test.each(Object.keys(changes) as (keyof typeof changes)[])(
    'of %s: no change without the line',
    async (change) => {
      const before = await state();
      await users.database.query(BREAK_AUDIT_LOG);
      const { errors } = await changes[change]();
      expect(errors).toMatchObject([{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }]);
      expect(await state()).toEqual(before);

      await users.database.query('ALTER TABLE audit_log DROP CONSTRAINT broken');
      expect((await changes[change]()).errors).toBeUndefined();
      expect(await state()).not.toEqual(before);
    },
  );

  test.each([
    ['register', 'users'],
    ['login', 'sessions'],
    ['setUserRoles', 'users'],
  ] as const)('of %s: no line without the change', async (change, table) => {
    const before = await state();
    await users.database.query(breakCommits(table));
    const { errors } = await changes[change]();
    expect(errors).toMatchObject([{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }]);
    expect(await state()).toEqual(before);
  });

  test.each([
    ['no owner without the line', BREAK_AUDIT_LOG],
    ['no line without the owner', breakCommits('users')],
  ])('of the first owner: %s', async (_, fault) => {
    await users.database.query('DELETE FROM users WHERE $1 = ANY (roles)', ['OWNER']);
    const before = await state();
    await users.database.query(fault);
    await expect(runUsers(testDatabase.url, OWNER_VARIABLES)).rejects.toThrow();
    expect(await state()).toEqual(before);
  });
});
