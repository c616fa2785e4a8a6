import { isDatabaseAway, LOGGER } from '@kit/service';
import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import { DataSource, type EntityManager } from 'typeorm';
import { ConfirmationMails } from '../confirmation/confirmation-mails.js';
import type { Consent } from '../consent.js';
import { Suppressions } from '../keys/suppressions.js';
import { THE_SUBSCRIBER } from '../life/actor.js';
import { SubscriberChanges, SuppressedAddress } from '../life/subscriber-changes.js';
import type { SubscriberEntity } from '../subscriber.entity.js';
import { KeptSignUps } from './kept-sign-ups.js';
import { SignUpEntity } from './sign-up.entity.js';

/** Processes sign-ups, each in a transaction of its own, so that a crash loses none and repeats none. */
@Injectable()
export class SignUpProcessing {
  constructor(
    private readonly dataSource: DataSource,
    private readonly changes: SubscriberChanges,
    private readonly suppressions: Suppressions,
    private readonly kept: KeptSignUps,
    private readonly mails: ConfirmationMails,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * Processes the sign-up that has waited for longest. Concurrent callers get different ones.
   * @returns false if none waits
   * @throws Error if the database is away
   */
  async next(): Promise<boolean> {
    let id: string | undefined;
    try {
      const processed = await this.dataSource.transaction(async (manager) => {
        const signUp = await this.claim(manager);
        id = signUp?.id;
        if (signUp) await this.process(manager, signUp);
        return signUp !== null;
      });
      if (processed) this.mails.wake();
      return processed;
    } catch (error) {
      // The address was erased meanwhile, so the next attempt finds that.
      if (error instanceof SuppressedAddress) return true;
      if (id === undefined || isDatabaseAway(error)) throw error;
      await this.postpone(id);
      this.logger.error({ err: error, signUpId: id }, 'a sign-up could not be processed yet');
      return true;
    }
  }

  private claim(manager: EntityManager): Promise<SignUpEntity | null> {
    return manager
      .createQueryBuilder(SignUpEntity, 's')
      .where('s.keptUntil IS NULL AND s.dueAt <= now()')
      .orderBy('s.dueAt')
      .addOrderBy('s.id')
      .limit(1)
      .setLock('pessimistic_write')
      .setOnLocked('skip_locked')
      .getOne();
  }

  private async postpone(id: string): Promise<void> {
    await this.dataSource.manager.update(
      SignUpEntity,
      { id },
      { dueAt: () => `now() + interval '1 minute'` },
    );
  }

  private async process(manager: EntityManager, signUp: SignUpEntity): Promise<void> {
    const { emailNormalized } = signUp;
    const existing = await this.changes.lock(manager, { emailNormalized });
    const erasedAt = existing ? null : await this.suppressions.since(manager, emailNormalized);
    if (existing) await this.writeTo(manager, existing, signUp);
    else if (erasedAt === null) await this.add(manager, signUp);
    // The erasure did not wait for this worker, and covers the earlier sign-ups.
    else if (signUp.createdAt > erasedAt) await this.keepAndWrite(manager, signUp, { erased: true });
    // All that wait for this address have the same outcome, so a flood of them costs one.
    await manager.query(
      `DELETE FROM sign_ups WHERE id IN (
         SELECT id FROM sign_ups WHERE email_normalized = $1 AND kept_until IS NULL FOR UPDATE SKIP LOCKED)`,
      [emailNormalized],
    );
  }

  private async add(manager: EntityManager, signUp: SignUpEntity): Promise<void> {
    const { email, emailNormalized, name, tags, attributes } = signUp;
    const { created } = await this.changes.add(
      manager,
      { email, emailNormalized, name, tags, attributes, consent: consentOf(signUp) },
      { transition: 'ADD_PENDING', actor: THE_SUBSCRIBER },
    );
    if (created) await this.mails.request(manager, { emailNormalized });
  }

  /** An existing subscriber does not change, whatever the form says, until the owner of the address confirms. */
  private async writeTo(
    manager: EntityManager,
    { status, emailNormalized }: SubscriberEntity,
    signUp: SignUpEntity,
  ): Promise<void> {
    if (status === 'ACTIVE') return;
    if (status === 'PENDING') await this.mails.request(manager, { emailNormalized });
    else await this.keepAndWrite(manager, signUp, { erased: false });
  }

  /** Keeps a sign-up of an address that opted out, bounced or was erased: with it, the owner can come back. */
  private async keepAndWrite(
    manager: EntityManager,
    signUp: SignUpEntity,
    { erased }: { readonly erased: boolean },
  ): Promise<void> {
    const { emailNormalized } = signUp;
    const { allowed } = await this.mails.request(manager, { emailNormalized, erased });
    if (allowed) await this.kept.keep(manager, signUp);
  }
}

function consentOf({ createdAt, ip, userAgent, origin, consentText }: SignUpEntity): Consent {
  const givenAt = createdAt.toISOString();
  return { givenAt, method: 'SINGLE_OPT_IN', ip, userAgent, origin, text: consentText };
}
