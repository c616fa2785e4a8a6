import { randomBytes } from 'node:crypto';
import type { RunningUsers } from './running-users.js';

/** Issues a token to the user of this address, as a mail would contain it. */
export async function mailedToken(
  users: RunningUsers,
  email: string,
  purpose: 'VERIFY_EMAIL' | 'RESET_PASSWORD',
): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  await users.database.query(
    `INSERT INTO email_tokens (hash, user_id, purpose, created_at, expires_at)
     SELECT sha256($1), id, $3, now(), now() + interval '1 hour' FROM users WHERE email = $2`,
    [Buffer.from(token), email, purpose],
  );
  return token;
}
