import { MailModule, type ComposeLetter } from '@kit/mail';
import type { DynamicModule } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Config } from '../config.js';
import {
  issueConfirmationToken,
  type TokenSubject,
} from '../subscribers/confirmation/confirmation-tokens.js';
import { SubscriberKeys } from '../subscribers/keys/subscriber-keys.js';
import { SignUpEntity } from '../subscribers/signup/sign-up.entity.js';
import { SubscriberEntity } from '../subscribers/subscriber.entity.js';
import { confirmationLetter } from './confirmation-letter.js';

/** The kinds of mails to subscribers. */
export type SubscriberMail = 'CONFIRMATION';

/** The letters to subscribers, by the kinds of jobs. */
function subscriberLetters(config: Config): Record<SubscriberMail, ComposeLetter> {
  const keys = new SubscriberKeys(config);
  return {
    CONFIRMATION: async (manager, emailNormalized) => {
      const recipient = await recipientOf(manager, emailNormalized);
      if (!recipient) return null;
      const { to, subscriberId, subject } = recipient;
      const token = await issueConfirmationToken(manager, subject);
      return {
        to,
        ...confirmationLetter({
          confirm: `${config.PUBLIC_URL}/confirm/${token}`,
          unsubscribe:
            subscriberId && `${config.PUBLIC_URL}/unsubscribe/${keys.unsubscribeToken(subscriberId)}`,
        }),
      };
    },
  };
}

/** The pending subscriber of an address, or else its kept sign-up. Null if neither exists any more. */
async function recipientOf(
  manager: EntityManager,
  emailNormalized: string,
): Promise<{ to: string; subscriberId: string | null; subject: TokenSubject } | null> {
  // Without waiting: an erasure locks the subscriber, and then the job of this letter.
  const subscriber = await manager.findOne(SubscriberEntity, {
    where: { emailNormalized },
    lock: { mode: 'pessimistic_read', onLocked: 'nowait' },
  });
  const subscriberId = subscriber?.id ?? null;
  if (subscriber?.status === 'ACTIVE') return null;
  if (subscriber?.status === 'PENDING') {
    return {
      to: subscriber.email!,
      subscriberId,
      subject: { subscriberId: subscriber.id, signUpId: null },
    };
  }
  const signUp = await manager
    .createQueryBuilder(SignUpEntity, 's')
    .where({ emailNormalized })
    .andWhere('s.keptUntil > now()')
    .getOne();
  return signUp && { to: signUp.email, subscriberId, subject: { subscriberId: null, signUpId: signUp.id } };
}

/** The queue of mails to subscribers, and what sends them. */
export function subscriberMail(
  config: Config,
  letters: Readonly<Record<string, ComposeLetter>> = subscriberLetters(config),
): DynamicModule {
  const mail = MailModule.with({
    useFactory: () => ({
      smtpUrl: config.SMTP_URL,
      folder: config.MAIL_FOLDER,
      from: config.MAIL_FROM,
      letters,
      drainMs: config.DRAIN_TIMEOUT_MS / 2,
    }),
  });
  return { ...mail, global: true };
}
