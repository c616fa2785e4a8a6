import { createHash, randomBytes } from 'node:crypto';
import { withClient } from '@supergraph/tools/postgres-client';

/** What is in the users database, for who wants to see that nothing is half done. */
export class UsersDatabase {
  constructor(private readonly url: string) {}

  /** A token as it would have been mailed. */
  async mailToken(userId: string, purpose: string): Promise<string> {
    const token = randomBytes(32).toString('base64url');
    await this.query(
      `INSERT INTO email_tokens (hash, user_id, purpose, created_at, expires_at)
       VALUES ($1, $2, $3, now(), now() + interval '1 hour')`,
      [createHash('sha256').update(token).digest(), userId, purpose],
    );
    return token;
  }

  /** All that mutations change. */
  everything() {
    return this.query(`
      SELECT 'user' AS kind, to_jsonb(users) AS row FROM users
      UNION ALL SELECT 'session', to_jsonb(sessions) FROM sessions
      UNION ALL SELECT 'email token', to_jsonb(email_tokens) FROM email_tokens
      UNION ALL SELECT 'mail job', to_jsonb(id) FROM mail_jobs
      UNION ALL SELECT 'audit entry', to_jsonb(audit_log) FROM audit_log
      ORDER BY 1, 2`);
  }

  /** A number that grows with each mutation that is committed. */
  changes(): Promise<number> {
    return this.count(
      `SELECT ((SELECT count(*) FROM audit_log) + (SELECT sum(generation) FROM sessions))::int AS count`,
    );
  }

  waitingForLocks(): Promise<number> {
    return this.count(
      `SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
  }

  otherConnections(): Promise<number> {
    return this.count(`SELECT count(*)::int FROM pg_stat_activity
      WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()`);
  }

  sessionsOf(userId: string): Promise<number> {
    return this.count('SELECT count(*)::int FROM sessions WHERE user_id = $1 AND ended_at IS NULL', [userId]);
  }

  private async count(sql: string, values: unknown[] = []): Promise<number> {
    const [row] = await this.query(sql, values);
    return (row as { count: number }).count;
  }

  query(sql: string, values: unknown[] = []): Promise<unknown[]> {
    return withClient(this.url, async (client) => {
      const { rows } = await client.query(sql, values);
      return rows as unknown[];
    });
  }
}
