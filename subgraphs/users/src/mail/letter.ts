import type { UserEntity } from '../accounts/user.entity.js';
import type { EmailTokenPurpose } from './email-tokens.js';
import type { MailRequest } from './mail-job.entity.js';

/** What a mail says. It quotes nothing that somebody typed: who registers a stranger's address could write to them. */
export interface Letter {
  readonly subject: string;
  readonly text: string;
  /** What the mail is about; null when there is nothing to open. */
  readonly link: string | null;
}

/** What the mail has to prove; null when it only tells something. */
export function purposeOf(
  kind: MailRequest,
  { emailVerifiedAt }: Pick<UserEntity, 'emailVerifiedAt'>,
): EmailTokenPurpose | null {
  if (kind === 'PASSWORD_RESET') return 'RESET_PASSWORD';
  return emailVerifiedAt ? null : 'VERIFY_EMAIL';
}

/** "Please confirm your address." */
export function verificationLetter(appUrl: string, token: string): Letter {
  const link = linkTo(appUrl, 'verify-email', token);
  return {
    subject: 'Please confirm your e-mail address',
    link,
    text: `Hello,

somebody has registered an account with this e-mail address. If that was you, please confirm that the address is yours by opening this link within 24 hours:

${link}

It works once. Where there is no page behind it, call the mutation verifyEmail with this token:

${token}

If a password that you chose is not accepted afterwards, somebody had registered this address before you did. Ask for a new password where you log in: whoever had the old one is then locked out.

If you have not registered, just ignore this mail.
`,
  };
}

/** "You have an account already." */
export function accountExistsLetter(appUrl: string): Letter {
  return {
    subject: 'You already have an account',
    link: null,
    text: `Hello,

somebody has just tried to register an account with this e-mail address, which has one already. Nothing has changed.

If that was you, log in with the password that you have. If you do not remember it, ask for a new one where you log in (${appUrl}), or by the mutation requestPasswordReset: you will get a mail with a link.

If it was not you, there is nothing that you need to do.
`,
  };
}

/** "Choose a new password." */
export function passwordResetLetter(appUrl: string, token: string): Letter {
  const link = linkTo(appUrl, 'reset-password', token);
  return {
    subject: 'Choose a new password',
    link,
    text: `Hello,

somebody has asked for a new password for the account with this e-mail address. If that was you, choose one by opening this link within an hour:

${link}

It works once, and logs you out everywhere. Where there is no page behind it, call the mutation resetPassword with this token:

${token}

If it was not you, just ignore this mail: your password stays as it is.
`,
  };
}

/** The token is in the fragment, which browsers send to no server and tell no other page. */
function linkTo(appUrl: string, page: string, token: string): string {
  return `${appUrl}/${page}#token=${token}`;
}
