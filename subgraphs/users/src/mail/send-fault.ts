/** Why a mail could not be sent, without the words of the mail server, which repeat the address. */
export interface SendFault {
  /** nodemailer's or the system's, such as `ECONNREFUSED`. */
  readonly code?: string;
  /** The mail server's, such as 550. */
  readonly responseCode?: number;
  /** What it was the answer to, such as `RCPT TO`. */
  readonly command?: string;
}

export function describeSendFault(error: unknown): SendFault {
  const { code, responseCode, command } = error as SendFault;
  return { code, responseCode, command };
}

/** The mail server will never take a mail for this address (RFC 5321, section 4.2.1): asking again is for nothing. */
export function isRefusal({ responseCode, command }: SendFault): boolean {
  return command === 'RCPT TO' && responseCode !== undefined && responseCode >= 500;
}
