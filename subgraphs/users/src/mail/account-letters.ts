import type { ComposeLetter } from '@kit/mail';
import type { EntityManager } from 'typeorm';
import { UserEntity } from '../accounts/user.entity.js';
import { issueEmailToken } from './email-tokens.js';
import { accountExistsLetter, passwordResetLetter, verificationLetter, type LetterText } from './letter.js';

/** The request that causes a mail. Which mail it is depends on the account, if there is one. */
export type AccountMail = 'REGISTRATION' | 'PASSWORD_RESET';

export function accountLetters(appUrl: string): Record<AccountMail, ComposeLetter> {
  return {
    REGISTRATION: toAccount(async (manager, { id, emailVerifiedAt }) =>
      emailVerifiedAt
        ? accountExistsLetter(appUrl)
        : verificationLetter(appUrl, await issueEmailToken(manager, id, 'VERIFY_EMAIL')),
    ),
    PASSWORD_RESET: toAccount(async (manager, { id }) =>
      passwordResetLetter(appUrl, await issueEmailToken(manager, id, 'RESET_PASSWORD')),
    ),
  };
}

/**
 * Writes to the stored address of an account. An address without an account gets no letter, but it has a job, too, so that
 * response times do not reveal accounts.
 */
function toAccount(
  compose: (manager: EntityManager, user: UserEntity) => Promise<LetterText>,
): ComposeLetter {
  return async (manager, emailNormalized) => {
    const user = await manager.findOneBy(UserEntity, { emailNormalized });
    return user && { to: user.email, ...(await compose(manager, user)) };
  };
}
