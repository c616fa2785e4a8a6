/** Why a mail could not be sent, without the words of the mail server, which repeat the address. */
export interface SendFault {
  /** nodemailer's or the system's, such as `ECONNREFUSED`. */
  readonly code?: string | undefined;
  /** The mail server's, such as 550. */
  readonly responseCode?: number | undefined;
  /** The mail server's enhanced one, such as `5.1.1` (RFC 3463). */
  readonly enhancedCode?: string | undefined;
  /** What it was the answer to, such as `RCPT TO`. */
  readonly command?: string | undefined;
}

export function describeSendFault(error: unknown): SendFault {
  const { code, responseCode, command, response } = error as SendFault & { response?: unknown };
  const enhancedCode = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(String(response))?.[1];
  return { code, responseCode, ...(enhancedCode && { enhancedCode }), command };
}

/** No such mailbox or host, or nothing that could be one (RFC 3463, section 3.2; RFC 7505, section 4.2). */
const NO_MAILBOX: ReadonlySet<string> = new Set(['5.1.1', '5.1.2', '5.1.3', '5.1.6', '5.1.10']);

/** The same from servers without enhanced codes, and an address that they cannot read (RFC 5321, section 4.2.2). */
const NO_MAILBOX_PLAIN: ReadonlySet<number> = new Set([501, 550, 551, 553]);

/**
 * The mail server will never take a mail for this address: asking again is for nothing. What else it refuses for good,
 * such as relaying for somebody who did not log in, is a fault of the set-up, which an operator can mend.
 */
export function isRefusal({ responseCode, enhancedCode, command }: SendFault): boolean {
  if (command !== 'RCPT TO' || responseCode === undefined) return false;
  return enhancedCode ? NO_MAILBOX.has(enhancedCode) : NO_MAILBOX_PLAIN.has(responseCode);
}
