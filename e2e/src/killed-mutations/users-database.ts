import { createHash, randomBytes } from 'node:crypto';
import { withClient } from '@supergraph/tools/postgres-client';

/** Reads the users database directly. */
export class UsersDatabase {
  constructor(private readonly url: string) {}

  /** Creates a token like those in mails. */
  async mailToken(userId: string, purpose: string): Promise<string> {
    const token = randomBytes(32).toString('base64url');
    await this.query(
      `INSERT INTO email_tokens (hash, user_id, purpose, created_at, expires_at)
       VALUES ($1, $2, $3, now(), now() + interval '1 hour')`,
      [createHash('sha256').update(token).digest(), userId, purpose],
    );
    return token;
  }

  /** All rows that mutations change. */
  everything() {
    return this.query(`
      SELECT 'user' AS kind, to_jsonb(users) AS row FROM users
      UNION ALL SELECT 'session', to_jsonb(sessions) FROM sessions
      UNION ALL SELECT 'email token', to_jsonb(email_tokens) FROM email_tokens
      UNION ALL SELECT 'mail job', to_jsonb(id) FROM mail_jobs
      UNION ALL SELECT 'audit entry', to_jsonb(audit_log) FROM audit_log
      ORDER BY 1, 2`);
  }

  /** A number that grows with each committed mutation. */
  changes(): Promise<number> {
    return this.number('(SELECT count(*) FROM audit_log) + (SELECT sum(generation) FROM sessions)');
  }

  waitingForLocks(): Promise<number> {
    return this.number(`(SELECT count(*) FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock')`);
  }

  otherConnections(): Promise<number> {
    return this.number(`(SELECT count(*) FROM pg_stat_activity
      WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid())`);
  }

  sessionsOf(userId: string): Promise<number> {
    return this.number('(SELECT count(*) FROM sessions WHERE user_id = $1 AND ended_at IS NULL)', [userId]);
  }

  /** Dates the used refresh tokens now. A restart on a busy machine takes longer than the ten seconds of a repetition. */
  async renewUsedTokens(): Promise<void> {
    await this.query(`UPDATE sessions
      SET used_up_at = array_fill(clock_timestamp(), ARRAY[cardinality(used_up_at)]) WHERE used_up_at <> '{}'`);
  }

  query(sql: string, values: unknown[] = []): Promise<unknown[]> {
    return withClient(this.url, async (client) => (await client.query(sql, values)).rows as unknown[]);
  }

  private async number(expression: string, values: unknown[] = []): Promise<number> {
    const [row] = await this.query(`SELECT (${expression})::int AS value`, values);
    return (row as { value: number }).value;
  }
}
