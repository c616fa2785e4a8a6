import type { Letter } from '@kit/mail';

/** It quotes no input, or a client could send text to any address by registering it. */
export type LetterText = Omit<Letter, 'to'>;

export function verificationLetter(appUrl: string, token: string): LetterText {
  const link = linkTo(appUrl, 'verify-email', token);
  return {
    subject: 'Please confirm your e-mail address',
    link,
    text: `Hello,

an account was registered with this e-mail address. If this was you, please confirm the address by opening this link within 24 hours:

${link}

The link works once. If it opens no page, call the mutation verifyEmail with this token:

${token}

If your password does not work afterwards, another person registered this address before you did. Reset your password on the login page. This also locks the other person out.

If you did not register, you can ignore this mail.
`,
  };
}

export function accountExistsLetter(appUrl: string): LetterText {
  return {
    subject: 'You already have an account',
    link: null,
    text: `Hello,

a registration was attempted with this e-mail address, which already has an account. Nothing has changed.

If this was you, log in with your existing password. If you forgot it, reset it on the login page (${appUrl}) or with the mutation requestPasswordReset. You will then receive a mail with a link.

If this was not you, you do not need to do anything.
`,
  };
}

export function passwordResetLetter(appUrl: string, token: string): LetterText {
  const link = linkTo(appUrl, 'reset-password', token);
  return {
    subject: 'Choose a new password',
    link,
    text: `Hello,

a new password was requested for the account with this e-mail address. If this was you, choose one by opening this link within an hour:

${link}

The link works once. The new password logs you out on all devices. If the link opens no page, call the mutation resetPassword with this token:

${token}

If this was not you, you can ignore this mail. Your password stays the same.
`,
  };
}

/** The token is in the fragment, which browsers do not send to servers or as a referrer. */
function linkTo(appUrl: string, page: string, token: string): string {
  return `${appUrl}/${page}#token=${token}`;
}
