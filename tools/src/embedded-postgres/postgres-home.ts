import type { User } from './reachable.js';

/** The folder and the user of an embedded Postgres. */
export interface PostgresHome {
  folder: string;
  /** The Postgres data directory. */
  cluster: string;
  /** Undefined: the current user. */
  user: User | undefined;
}
