/** Why a mail could not be sent, without the mail server's text, which repeats the address. */
export interface SendFault {
  /** The code of nodemailer or the system, such as `ECONNREFUSED`. */
  readonly code?: string | undefined;
  /** The mail server's reply code, such as 550. */
  readonly responseCode?: number | undefined;
  /** The mail server's enhanced status code, such as `5.1.1` (RFC 3463). */
  readonly enhancedCode?: string | undefined;
  /** The SMTP command that failed, such as `RCPT TO`. */
  readonly command?: string | undefined;
}

export function describeSendFault(error: unknown): SendFault {
  const { code, responseCode, command, response } = error as SendFault & { response?: unknown };
  const enhancedCode = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(String(response))?.[1];
  return { code, responseCode, ...(enhancedCode && { enhancedCode }), command };
}

/** The mailbox or host does not exist or is invalid (RFC 3463, section 3.2; RFC 7505, section 4.2). */
const NO_MAILBOX: ReadonlySet<string> = new Set(['5.1.1', '5.1.2', '5.1.3', '5.1.6', '5.1.10']);

/** The same from servers without enhanced codes, or the address is not parsable (RFC 5321, section 4.2.2). */
const NO_MAILBOX_PLAIN: ReadonlySet<number> = new Set([501, 550, 551, 553]);

/**
 * Whether the mail server will never accept mail for this address, so that retries are useless. Other permanent
 * rejections, such as denied relaying, are faults of the configuration, which an operator can fix.
 */
export function isRefusal({ responseCode, enhancedCode, command }: SendFault): boolean {
  if (command !== 'RCPT TO' || responseCode === undefined) return false;
  return enhancedCode ? NO_MAILBOX.has(enhancedCode) : NO_MAILBOX_PLAIN.has(responseCode);
}
