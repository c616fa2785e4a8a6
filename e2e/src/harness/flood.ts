import { setTimeout as delay } from 'node:timers/promises';
import { withClient } from '@supergraph/tools/postgres-client';

const EVERY_MS = 100;
const MOST_UNDER_WAY = 250;
const NAME = 'n'.repeat(200);

/** Straight into the tables, in the order of their numbers, since no client of ours could send as many mutations. */
const ADD = `
  WITH people AS (
    SELECT n, gen_random_uuid() AS id, 'flood-' || n || '@example.com' AS email
    FROM generate_series($1::int, $2::int - 1) AS n
  ), added AS (
    INSERT INTO subscribers (id, email, email_normalized, name, search_text, status, added_by, added_at)
    SELECT id, email, email, $3, upper(email) || chr(10) || upper($3), 'ACTIVE', $4, now() FROM people
  )
  INSERT INTO outbox (type, subject_id, occurred_at)
  SELECT 'subscriber.added', id, now() FROM people ORDER BY n`;

export interface FloodOptions {
  /** Of email-subscriptions. */
  readonly databaseUrl: string;
  /** In whose name. */
  readonly userId: string;
  /** At most. */
  readonly perSecond: number;
  /** How many of them have arrived: a slow machine gets no more than it can take. */
  readonly arrived: () => number;
}

/** Adds `flood-0@example.com`, `flood-1@example.com` and so on, each with a name as long as may be, until stopped. */
export class Flood {
  /** How many there are. */
  count = 0;
  private stopped = false;
  private readonly done: Promise<void>;

  constructor(private readonly options: FloodOptions) {
    this.done = this.run();
    this.done.catch(() => undefined);
  }

  /** @throws what went wrong, if anything did */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.done;
  }

  private async run(): Promise<void> {
    const { databaseUrl, userId, perSecond, arrived } = this.options;
    const atATime = (perSecond * EVERY_MS) / 1_000;
    await withClient(databaseUrl, async (client) => {
      while (!this.stopped) {
        if (this.count - arrived() < MOST_UNDER_WAY) {
          await client.query(ADD, [this.count, this.count + atATime, NAME, userId]);
          await client.query('NOTIFY outbox');
          this.count += atATime;
        }
        await delay(EVERY_MS);
      }
    });
  }
}
