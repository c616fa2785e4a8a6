import type { Letter } from '@kit/mail';

export interface ConfirmationLinks {
  readonly confirm: string;
  /** Null for an address without a subscriber. */
  readonly unsubscribe: string | null;
}

/** It quotes no input, or a client could send text to any address by signing it up. */
export function confirmationLetter({ confirm, unsubscribe }: ConfirmationLinks): Omit<Letter, 'to'> {
  const footer = unsubscribe === null ? '' : `\n--\nTo get no more mail from us, open ${unsubscribe}\n`;
  return {
    subject: 'Please confirm your subscription',
    link: confirm,
    ...(unsubscribe !== null && { listUnsubscribe: unsubscribe }),
    text: `Hello,

this e-mail address was signed up for our mailing list. If this was you, please confirm it by opening this link within 7 days:

${confirm}

If it was not you, ignore this mail. Without a confirmation you do not get our newsletter.
${footer}`,
  };
}
