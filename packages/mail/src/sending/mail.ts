import type { SendMailOptions } from 'nodemailer';

/** The text of a mail to one recipient. */
export interface Letter {
  /** The address as its owner spells it, never the one that somebody typed to find it. */
  readonly to: string;
  readonly subject: string;
  /** Plain text. It should quote no input, or a client could send text to any address. */
  readonly text: string;
  /** The link to open, for the log in development; null if there is none. */
  readonly link: string | null;
  /**
   * An HTTPS URL of up to 900 characters for List-Unsubscribe (RFC 2369). A mail program sends a POST to it when its
   * user unsubscribes with one click (RFC 8058), and anything may open it with GET, which must not change anything.
   */
  readonly listUnsubscribe?: string;
}

/** A letter on its way. */
export interface Mail extends Letter {
  /** The job's id. It makes the Message-ID, so mail programs show a mail that was sent twice only once. */
  readonly id: string;
}

/** Where mails come from. */
export interface Sender {
  /** `Name <address@example.com>` */
  readonly from: string;
  /** The part of a Message-ID after the `@`. */
  readonly messageIdDomain: string;
}

/** Sends mails. */
export interface MailTransport {
  /**
   * Resolves when the mail was accepted for delivery.
   * @param signal aborts the attempt
   */
  send(mail: Mail, signal: AbortSignal): Promise<void>;
}

/** The message for nodemailer. */
export function messageOf(
  { id, to, subject, text, listUnsubscribe }: Mail,
  { from, messageIdDomain }: Sender,
): SendMailOptions {
  return {
    messageId: `<${id}@${messageIdDomain}>`,
    from,
    // An object is not parsed, so a comma or bracket cannot add a second address. Mail servers do not normalize
    // full-width characters; see email-address.ts.
    to: { name: '', address: to.normalize('NFKC') },
    subject,
    text,
    // Stops out-of-office replies (RFC 3834, section 5).
    headers: {
      'Auto-Submitted': 'auto-generated',
      ...(listUnsubscribe && { 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' }),
    },
    // `href` is ASCII without spaces, so it stays on one line. nodemailer adds the brackets.
    ...(listUnsubscribe && { list: { unsubscribe: new URL(listUnsubscribe).href } }),
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}
