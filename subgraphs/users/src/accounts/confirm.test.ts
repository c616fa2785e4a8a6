import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createLogger } from '@supergraph/service/logger';
import { createTestDatabase, type TestDatabase } from '@supergraph/tools/test-postgres/database';
import { strangerAt, tryPassword } from '../testing/from-address.js';
import { ADA, join, type LoggedIn } from '../testing/people.js';
import { configOf, runUsers, type RunningUsers } from '../testing/running-users.js';
import { Throttle } from '../throttling/throttle.js';
import { Credentials } from './credentials.js';
import { Passwords } from './passwords.js';
import { UserEntity } from './user.entity.js';

const HERE = '192.0.2.1';

describe('confirming the password of a logged-in user', () => {
  let testDatabase: TestDatabase;
  let users: RunningUsers;
  let ada: LoggedIn;
  let user: UserEntity;
  let throttle: Throttle;
  let credentials: Credentials;
  beforeAll(async () => {
    testDatabase = await createTestDatabase('users');
    users = await runUsers(testDatabase.url);
    ada = await join(users, ADA);
    const logger = createLogger('users', 'silent');
    const settings = configOf(testDatabase.url);
    const repository = users.database.getRepository(UserEntity);
    throttle = new Throttle(settings, logger);
    credentials = new Credentials(repository, new Passwords(settings, logger), throttle, settings, logger);
    user = await repository.createQueryBuilder('user').addSelect('user.passwordHash').getOneOrFail();
  });
  afterAll(async () => {
    await throttle?.onApplicationShutdown();
    await users?.close();
    await testDatabase?.drop();
  });
  const confirm = (...candidates: string[]) =>
    credentials.confirm(user, candidates, { ...strangerAt(HERE), viewer: ada.auth.viewer });

  test('finds the right candidate and counts no attempt', async () => {
    for (let n = 0; n < 11; n += 1) {
      const proof = await confirm('wrong horse', ADA.password);
      expect(proof).toMatchObject({ password: ADA.password, fault: null });
    }
  });

  test('counts each call as one attempt, together with the logins', async () => {
    const faults = await Promise.all(
      Array.from({ length: 12 }, () => confirm('wrong horse', 'another horse')),
    );
    const codes = faults.map(({ fault }) => fault?.code);
    expect(codes.filter((code) => code === 'INVALID_CREDENTIALS')).toHaveLength(10);
    expect(codes.filter((code) => code === 'RATE_LIMITED')).toHaveLength(2);
    expect(await confirm(ADA.password)).toMatchObject({ fault: { code: 'RATE_LIMITED' } });
    expect(await tryPassword(users, ADA.email, ADA.password, HERE)).toMatchObject({ code: 'RATE_LIMITED' });
    const rows = await users.database.query(
      `SELECT actor_id, subject_id, detail FROM audit_log WHERE action = 'LOGIN_FAILED'`,
    );
    expect(rows).toHaveLength(10);
    expect(rows[0]).toEqual({ actor_id: user.id, subject_id: user.id, detail: { loggedIn: true } });
  });
});
