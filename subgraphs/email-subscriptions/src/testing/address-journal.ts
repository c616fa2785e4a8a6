import { expect } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { SubscriberKeys } from '../subscribers/keys/subscriber-keys.js';
import { SUBSCRIBER_SECRET } from './running-service.js';

/** What the database saw of an address, in the order of the commits. */
interface Entry {
  readonly id: number;
  /** The transaction. */
  readonly xact: string;
  readonly what:
    'ADDED' | 'TAKEN' | 'LEFT' | 'ERASED' | 'OPTED_OUT' | 'CONFIRMED' | 'MAIL' | 'TOKEN' | 'OPENED';
  readonly email: string;
  /** The source of an addition, whether somebody has the address of a mail, or the hash of a token. */
  readonly detail: string | null;
  /** The time that had passed; see `letTimePass`. */
  readonly hours: number;
}

/**
 * The triggers run at the end of transactions, while these still hold their locks. So entries of one address are in the
 * order in which the transactions waited for each other.
 */
const TRIGGERS = [
  ['subscribers', 'INSERT', 'subscriber'],
  ['subscribers', 'UPDATE', 'subscriber'],
  ['subscriber_history', 'INSERT', 'history'],
  ['mail_jobs', 'INSERT', 'mail'],
  ['confirmation_tokens', 'INSERT', 'token'],
  ['confirmation_tokens', 'UPDATE', 'token'],
] as const;

const FUNCTIONS = `
  CREATE FUNCTION journal_entry(what text, email text, detail text DEFAULT NULL) RETURNS void LANGUAGE sql AS $$
    INSERT INTO journal (what, email, detail, hours) SELECT what, email, detail, hours FROM journal_clock
  $$;
  CREATE FUNCTION journal_subscriber() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF TG_OP = 'INSERT' THEN
      PERFORM journal_entry('ADDED', email_normalized, source) FROM subscribers WHERE id = NEW.id;
    ELSIF NEW.email_normalized <> OLD.email_normalized THEN
      PERFORM journal_entry(CASE WHEN NEW.erased_at IS NULL THEN 'LEFT' ELSE 'ERASED' END, OLD.email_normalized);
      PERFORM journal_entry('TAKEN', NEW.email_normalized) WHERE NEW.erased_at IS NULL;
    END IF;
    RETURN NULL;
  END $$;
  CREATE FUNCTION journal_history() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM journal_entry(CASE NEW.kind WHEN 'CONFIRMED' THEN 'CONFIRMED' ELSE 'OPTED_OUT' END, email_normalized)
      FROM subscribers WHERE id = NEW.subscriber_id AND NEW.kind IN ('CONFIRMED', 'UNSUBSCRIBED', 'COMPLAINED');
    RETURN NULL;
  END $$;
  CREATE FUNCTION journal_mail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM journal_entry('MAIL', NEW.email_normalized, CASE WHEN EXISTS (
      SELECT FROM subscribers WHERE email_normalized = NEW.email_normalized) THEN 'SOMEBODY' ELSE 'NOBODY' END);
    RETURN NULL;
  END $$;
  CREATE FUNCTION journal_token() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE
    what text := CASE TG_OP WHEN 'INSERT' THEN 'TOKEN' ELSE 'OPENED' END;
  BEGIN
    PERFORM journal_entry(what, email_normalized, encode(NEW.hash, 'hex')) FROM subscribers WHERE id = NEW.subscriber_id;
    PERFORM journal_entry(what, email_normalized, encode(NEW.hash, 'hex')) FROM sign_ups WHERE id = NEW.sign_up_id;
    RETURN NULL;
  END $$`;

const MOST_MAILS = 5;
const HOURS_BETWEEN_MAILS_TO_NOBODY = 30 * 24;

/** Writes down what happens to addresses, by triggers, so that it does not depend on the rows that the product keeps. */
export class AddressJournal {
  private readonly keys = new SubscriberKeys({ SUBSCRIBER_SECRET, SUBSCRIBER_SECRETS_PREVIOUS: [] });

  private constructor(private readonly database: DataSource) {}

  /** Starts a journal in a database of a test. */
  static async start(database: DataSource): Promise<AddressJournal> {
    await database.query(`
      CREATE TABLE journal (id bigserial PRIMARY KEY, xact xid8 NOT NULL DEFAULT pg_current_xact_id(), what text NOT NULL,
        email text NOT NULL, detail text, hours integer NOT NULL);
      CREATE INDEX ON journal (email);
      CREATE TABLE journal_clock (hours integer NOT NULL);
      INSERT INTO journal_clock VALUES (0);
      ${FUNCTIONS}`);
    for (const [table, operation, name] of TRIGGERS) {
      await database.query(`
        CREATE CONSTRAINT TRIGGER journal_${operation} AFTER ${operation} ON ${table} DEFERRABLE INITIALLY DEFERRED
          FOR EACH ROW EXECUTE FUNCTION journal_${name}()`);
    }
    return new AddressJournal(database);
  }

  /** Pretends that all mails to these addresses were sent longer ago. */
  async letTimePass(addresses: readonly string[], hours: number): Promise<void> {
    await this.database.transaction(async (manager) => {
      await manager.query('UPDATE journal_clock SET hours = hours + $1', [hours]);
      await manager.query(
        `UPDATE confirmation_limits SET last_mail_at = last_mail_at - $1 * interval '1 hour' WHERE hash = ANY ($2)`,
        [hours, addresses.flatMap((address) => this.keys.addressHashes(address))],
      );
    });
  }

  /**
   * Checks what happened to an address.
   * @returns whether it is the address of an erased subscriber, and nobody else has it
   */
  async expectRightful(email: string): Promise<boolean> {
    const entries = await this.database.query<Entry[]>(
      'SELECT id::int, xact::text, what, email, detail, hours FROM journal WHERE email = $1 ORDER BY id',
      [email],
    );
    expectLimitedMails(entries);
    expectFreshTokens(entries);
    return isErasedAtTheEnd(entries);
  }
}

/** Only an opened mail confirms an address, and only that adds it again after an erasure. */
function isErasedAtTheEnd(entries: readonly Entry[]): boolean {
  let erased = false;
  for (const { what, xact, detail } of entries) {
    const together = entries.filter((entry) => entry.xact === xact).map((entry) => entry.what);
    if (what === 'CONFIRMED') expect(together).toContain('OPENED');
    if (what === 'ERASED') erased = true;
    if (what !== 'ADDED' && what !== 'TAKEN') continue;
    if (erased)
      expect([what, detail, together]).toEqual(['ADDED', 'FORM', expect.arrayContaining(['OPENED'])]);
    erased = false;
  }
  return erased;
}

/** One mail an hour and five in all until the owner opens one, and one in 30 days while nobody has the address. */
function expectLimitedMails(entries: readonly Entry[]): void {
  let mails: Entry[] = [];
  for (const entry of entries) {
    if (entry.what === 'OPENED') mails = [];
    if (entry.what !== 'MAIL') continue;
    const last = mails.at(-1);
    const between = entry.detail === 'NOBODY' ? HOURS_BETWEEN_MAILS_TO_NOBODY : 1;
    if (last) expect(entry.hours - last.hours).toBeGreaterThanOrEqual(between);
    mails.push(entry);
    expect(mails.length).toBeLessThanOrEqual(MOST_MAILS);
  }
}

/** A mail opens nothing that the subscriber or staff closed after it was written. */
function expectFreshTokens(entries: readonly Entry[]): void {
  let closed = 0;
  const written = new Map<string | null, number>();
  for (const { what, id, detail } of entries) {
    if (what === 'TOKEN') written.set(detail, id);
    if (what === 'OPENED') expect(written.get(detail)).toBeGreaterThan(closed);
    if (['OPTED_OUT', 'LEFT', 'TAKEN', 'ERASED'].includes(what)) closed = id;
  }
}
