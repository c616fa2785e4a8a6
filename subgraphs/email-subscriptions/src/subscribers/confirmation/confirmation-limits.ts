import { Injectable } from '@nestjs/common';
import { In, type EntityManager } from 'typeorm';
import { SubscriberKeys } from '../keys/subscriber-keys.js';
import { ConfirmationLimitEntity } from './confirmation-limit.entity.js';

const MOST_MAILS = 5;
const HOUR_MS = 3_600_000;

/** The time between two mails to an address, in milliseconds. */
export const BETWEEN_MAILS_MS = HOUR_MS;

/** The time between two mails to the address of an erased subscriber, in milliseconds. */
export const BETWEEN_MAILS_TO_ERASED_MS = 30 * 24 * HOUR_MS;

/** Whether a mail may be sent. If not, when to try again, in milliseconds; null if the address got all its mails. */
export type MailAllowance =
  { readonly allowed: true } | { readonly allowed: false; readonly retryMs: number | null };

/**
 * Limits the confirmation mails to an address, so that nobody can flood it: a time between two, and five in all until
 * it confirms. Most mail servers deliver `ann+news@example.com` to `ann@example.com`, so all such addresses of a mailbox
 * together get five before an hour without a mail. The table has keyed hashes, so it outlives an erasure. It forgets an
 * address a year after its last mail.
 */
@Injectable()
export class ConfirmationLimits {
  constructor(private readonly keys: SubscriberKeys) {}

  /** Counts a mail, if it is allowed. Concurrent callers for one address wait for each other. */
  async take(manager: EntityManager, emailNormalized: string, betweenMs: number): Promise<MailAllowance> {
    const mailbox = mailboxOf(emailNormalized);
    if (mailbox === null) return this.takeAddress(manager, emailNormalized, betweenMs);
    const [full] = await manager.query<{ retryMs: number }[]>(
      `SELECT (extract(epoch FROM last_mail_at - now()) * 1000)::float8 + $3 AS "retryMs" FROM confirmation_limits
        WHERE hash = ANY ($1) AND mails >= $2 AND last_mail_at > now() - $3 * interval '1 ms' FOR UPDATE`,
      [this.keys.addressHashes(mailbox), MOST_MAILS, HOUR_MS],
    );
    if (full) return { allowed: false, retryMs: full.retryMs };
    const allowance = await this.takeAddress(manager, emailNormalized, betweenMs);
    if (allowance.allowed) await this.countMailbox(manager, mailbox);
    return allowance;
  }

  /** Counts from the start again after an hour without a mail. */
  private async countMailbox(manager: EntityManager, mailbox: string): Promise<void> {
    await manager.query(
      `INSERT INTO confirmation_limits AS l (hash, mails, last_mail_at) VALUES ($1, 1, now())
       ON CONFLICT (hash) DO UPDATE SET last_mail_at = now(),
         mails = CASE WHEN l.last_mail_at > now() - $2 * interval '1 ms' THEN l.mails + 1 ELSE 1 END`,
      [this.keys.addressHash(mailbox), HOUR_MS],
    );
  }

  private async takeAddress(
    manager: EntityManager,
    emailNormalized: string,
    betweenMs: number,
  ): Promise<MailAllowance> {
    // A row may have the hash of an earlier secret.
    const earlier = await manager.findOneBy(ConfirmationLimitEntity, {
      hash: In(this.keys.addressHashes(emailNormalized)),
    });
    const hash = earlier?.hash ?? this.keys.addressHash(emailNormalized);
    const counted = await manager.query<unknown[]>(
      `INSERT INTO confirmation_limits AS l (hash, mails, last_mail_at) VALUES ($1, 1, now())
       ON CONFLICT (hash) DO UPDATE SET mails = l.mails + 1, last_mail_at = now()
         WHERE l.mails < $2 AND l.last_mail_at <= now() - $3 * interval '1 ms'
       RETURNING 1`,
      [hash, MOST_MAILS, betweenMs],
    );
    if (counted.length > 0) return { allowed: true };
    const [{ mails, retryMs }] = await manager.query<[{ mails: number; retryMs: number }]>(
      `SELECT mails, (extract(epoch FROM last_mail_at - now()) * 1000)::float8 + $2 AS "retryMs"
         FROM confirmation_limits WHERE hash = $1`,
      [hash, betweenMs],
    );
    return { allowed: false, retryMs: mails < MOST_MAILS ? Math.max(0, retryMs) : null };
  }

  /** Forgets the mails to an address that confirmed. */
  async reset(manager: EntityManager, emailNormalized: string): Promise<void> {
    await manager.delete(ConfirmationLimitEntity, { hash: In(this.keys.addressHashes(emailNormalized)) });
  }
}

/** The key of the mailbox of an address with a tag; null for an address without one. No address has this form. */
function mailboxOf(emailNormalized: string): string | null {
  const [, mailbox, domain] = /^([^"+@]+)\+[^@]*(@.*)$/.exec(emailNormalized) ?? [];
  return mailbox === undefined ? null : `tags of ${mailbox}${domain}`;
}
