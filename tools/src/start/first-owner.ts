import { randomInt } from 'node:crypto';
import { withClient } from '../postgres-client.js';

/** Whom the users service makes an owner if there is none. */
export interface FirstOwner {
  email: string;
  password: string;
}

const EMAIL = 'owner@example.com';
/** Lower case without i, l and o, which are taken for others. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz';
const GROUPS = 5;
const GROUP_LENGTH = 5;

/**
 * The first owner of a users database that has none, with a password drawn now and kept nowhere: 25 letters in groups,
 * 113 bits. Undefined when there is an owner, or when whoever starts us names one by OWNER_EMAIL and OWNER_PASSWORD,
 * which the service reads by itself.
 * @param usersDatabaseUrl a migrated database that no service writes to yet, so that the answer still holds when ours does
 */
export async function drawFirstOwner(
  usersDatabaseUrl: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<FirstOwner | undefined> {
  if (environment['OWNER_EMAIL']?.trim() || environment['OWNER_PASSWORD']?.trim()) return undefined;
  const { rowCount } = await withClient(usersDatabaseUrl, (client) =>
    client.query(`SELECT FROM users WHERE 'OWNER' = ANY (roles) LIMIT 1`),
  );
  return rowCount === 0 ? { email: EMAIL, password: readablePassword() } : undefined;
}

/** What the terminal shows of an owner who has just been made, this once. */
export function introduction({ email, password }: FirstOwner): string {
  return `The first owner, who gives roles to everybody else. The password is kept nowhere, and not shown again:
  ${email}
  ${password}`;
}

function readablePassword(): string {
  const letter = () => LETTERS[randomInt(LETTERS.length)];
  const group = () => Array.from({ length: GROUP_LENGTH }, letter).join('');
  return Array.from({ length: GROUPS }, group).join('-');
}
