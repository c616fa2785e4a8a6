import type { RequestOrigin } from '@kit/auth';
import { repeatedTransaction } from '@kit/database';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Consent } from '../consent.js';
import { Suppressions } from '../keys/suppressions.js';
import { THE_SUBSCRIBER } from '../life/actor.js';
import { SubscriberChanges } from '../life/subscriber-changes.js';
import { KeptSignUps } from '../signup/kept-sign-ups.js';
import { SignUpEntity } from '../signup/sign-up.entity.js';
import { SubscriberEntity } from '../subscriber.entity.js';
import { ConfirmationLimits } from './confirmation-limits.js';
import type { ConfirmationTokenEntity } from './confirmation-token.entity.js';
import { ConfirmationTokens } from './confirmation-tokens.js';

/** What a token confirms. An erased subscriber is null, and has a sign-up. */
interface Subject {
  readonly subscriber: SubscriberEntity | null;
  readonly signUp: SignUpEntity | null;
}

/** Confirms addresses by the links in confirmation mails. */
@Injectable()
export class Confirmation {
  constructor(
    private readonly dataSource: DataSource,
    private readonly changes: SubscriberChanges,
    private readonly tokens: ConfirmationTokens,
    private readonly limits: ConfirmationLimits,
    private readonly kept: KeptSignUps,
    private readonly suppressions: Suppressions,
  ) {}

  /**
   * Makes the subscriber of a token `ACTIVE`. People click twice, so a used token is confirmed again while they are.
   * @returns false for a token that is not valid
   */
  confirm(token: string, from: RequestOrigin | undefined): Promise<boolean> {
    // The worker of sign-ups locks the rows of an erased address in another order.
    return repeatedTransaction(this.dataSource, async (manager) => {
      const first = await this.tokens.find(manager, token);
      if (!first) return false;
      const subject = await this.lock(manager, first);
      // Another transaction may have used or withdrawn it before the lock.
      const found = await this.tokens.find(manager, token);
      if (!found) return false;
      if (found.usedAt !== null) return isActive(manager, found);
      return this.use(manager, found, subject, from);
    });
  }

  private async lock(
    manager: EntityManager,
    { subscriberId, signUpId }: ConfirmationTokenEntity,
  ): Promise<Subject> {
    if (subscriberId !== null) {
      return { subscriber: await this.changes.lock(manager, { id: subscriberId }), signUp: null };
    }
    const signUp = await manager.findOneBy(SignUpEntity, { id: signUpId! });
    if (!signUp) return { subscriber: null, signUp };
    const { emailNormalized } = signUp;
    const subscriber = await this.changes.lock(manager, { emailNormalized });
    return { subscriber, signUp: await this.kept.find(manager, signUp.id) };
  }

  private async use(
    manager: EntityManager,
    token: ConfirmationTokenEntity,
    { subscriber: existing, signUp }: Subject,
    from: RequestOrigin | undefined,
  ): Promise<boolean> {
    const subscriber = existing ?? (signUp && (await this.comeBack(manager, signUp)));
    if (!subscriber || (token.signUpId !== null && !signUp)) return false;
    if (subscriber.status !== 'ACTIVE' && !this.changes.allows(subscriber, 'CONFIRM', THE_SUBSCRIBER)) {
      return false;
    }
    // Before the change, which deletes the kept sign-up and the unused tokens.
    await this.tokens.use(manager, token, subscriber.id);
    await this.limits.reset(manager, subscriber.emailNormalized);
    if (subscriber.status === 'ACTIVE') return true;
    await this.changes.apply(manager, subscriber, {
      transition: 'CONFIRM',
      actor: THE_SUBSCRIBER,
      set: {
        confirmedAt: new Date(),
        consent: doubleOptIn(subscriber.consent, signUp, from),
        softBounces: 0,
      },
    });
    return true;
  }

  /** Adds the owner of an erased address again. */
  private async comeBack(manager: EntityManager, signUp: SignUpEntity): Promise<SubscriberEntity | null> {
    const { email, emailNormalized, name, tags, attributes } = signUp;
    await this.suppressions.remove(manager, emailNormalized);
    await this.changes.add(
      manager,
      { email, emailNormalized, name, tags, attributes },
      { transition: 'ADD_PENDING', actor: THE_SUBSCRIBER },
    );
    return this.changes.lock(manager, { emailNormalized });
  }
}

async function isActive(manager: EntityManager, { subscriberId }: ConfirmationTokenEntity): Promise<boolean> {
  return manager.existsBy(SubscriberEntity, { id: subscriberId!, status: 'ACTIVE' });
}

/** The page and the text are those of the sign-up. */
function doubleOptIn(
  earlier: Consent | null,
  signUp: SignUpEntity | null,
  from: RequestOrigin | undefined,
): Consent {
  const signedUp = signUp ? { origin: signUp.origin, text: signUp.consentText } : earlier;
  return {
    givenAt: new Date().toISOString(),
    method: 'DOUBLE_OPT_IN',
    ip: from?.ip ?? null,
    userAgent: from?.userAgent ?? null,
    origin: signedUp?.origin ?? null,
    text: signedUp?.text ?? null,
  };
}
