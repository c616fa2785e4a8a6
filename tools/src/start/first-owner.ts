import { randomInt } from 'node:crypto';
import { withClient } from '../postgres-client.js';
import { type Subgraph, subgraphWith } from '../subgraphs.js';

/** The first owner, which the service with accounts creates in a database without one. */
export interface FirstOwner {
  email: string;
  password: string;
}

const EMAIL = 'owner@example.com';
/** Lower-case letters without i, l and o, which look like others. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz';
const GROUPS = 5;
const GROUP_LENGTH = 5;

/** The subgraph with the accounts: the one that has the variables of the first owner. */
export const accountsSubgraph = (): Subgraph | undefined => subgraphWith('OWNER_EMAIL');

/** The variables that make the service create the owner. */
export function ownerVariables({ email, password }: FirstOwner): Record<string, string> {
  return { OWNER_EMAIL: email, OWNER_PASSWORD: password };
}

/**
 * The first owner for a database without one, with a random password that is not stored: 25 letters, 113 bits.
 * Undefined when there is an owner, or when OWNER_EMAIL and OWNER_PASSWORD are set, which the service reads.
 * @param databaseUrl the migrated database of the accounts, that no service uses yet
 */
export async function drawFirstOwner(
  databaseUrl: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<FirstOwner | undefined> {
  if (environment['OWNER_EMAIL']?.trim() || environment['OWNER_PASSWORD']?.trim()) return undefined;
  const { rowCount } = await withClient(databaseUrl, (client) =>
    client.query(`SELECT FROM users WHERE 'OWNER' = ANY (roles) LIMIT 1`),
  );
  return rowCount === 0 ? { email: EMAIL, password: readablePassword() } : undefined;
}

/** The text that shows a new owner, once. */
export function introduction({ email, password }: FirstOwner): string {
  return `The first owner, who can give roles to all others. The password is not stored and not shown again:
  ${email}
  ${password}`;
}

function readablePassword(): string {
  const letter = () => LETTERS[randomInt(LETTERS.length)];
  const group = () => Array.from({ length: GROUP_LENGTH }, letter).join('');
  return Array.from({ length: GROUPS }, group).join('-');
}
