import { withClient } from '@supergraph/tools/postgres-client';
import type { BenchSystem } from '../bench-system.js';

/**
 * Copies the editor's account in SQL, since registering each would cost a hash. Copy `n` has the address
 * `bench-n@example.com`.
 * @returns the ids of the copies, and the hash of the password that they share
 */
export async function copyAccount(
  { databaseUrls, account }: BenchSystem,
  copies: number,
): Promise<{ ids: string[]; passwordHash: string }> {
  return withClient(databaseUrls.users!, async (client) => {
    const { rows } = await client.query<{ id: string; password_hash: string }>(
      `INSERT INTO users
       SELECT (jsonb_populate_record(first, jsonb_build_object(
         'id', gen_random_uuid(), 'email', address, 'email_normalized', address))).*
       FROM users AS first, generate_series(0, $1::int - 1) AS n, format('bench-%s@example.com', n) AS address
       WHERE first.email = $2
       RETURNING id, password_hash`,
      [copies, account.email],
    );
    await client.query('ANALYZE users');
    return { ids: rows.map(({ id }) => id), passwordHash: rows[0]?.password_hash ?? '' };
  });
}
