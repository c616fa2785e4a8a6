import type { ComposeLetter } from '@kit/mail';
import type { EntityManager } from 'typeorm';
import { UserEntity } from '../accounts/user.entity.js';
import { issueEmailToken } from './email-tokens.js';
import {
  accountExistsLetter,
  passwordResetLetter,
  purposeOf,
  verificationLetter,
  type AccountMail,
  type LetterText,
} from './letter.js';

/**
 * Composes a letter to an account's stored address. An address without an account gets none: it has a job, too, so that
 * response times do not reveal accounts.
 */
export function composeAccountLetter(appUrl: string): ComposeLetter<AccountMail> {
  return async (manager, { kind, emailNormalized }) => {
    const user = await manager.findOneBy(UserEntity, { emailNormalized });
    return user && { to: user.email, ...(await letterTo(user, kind, appUrl, manager)) };
  };
}

async function letterTo(
  user: UserEntity,
  kind: AccountMail,
  appUrl: string,
  manager: EntityManager,
): Promise<LetterText> {
  const purpose = purposeOf(kind, user);
  if (!purpose) return accountExistsLetter(appUrl);
  const token = await issueEmailToken(manager, user.id, purpose);
  return purpose === 'VERIFY_EMAIL' ? verificationLetter(appUrl, token) : passwordResetLetter(appUrl, token);
}
