import { DomainError, LARGEST_LIVE_MESSAGE } from '@kit/service';

/** Room for what graphql-ws adds to a result: the message type and the id of the operation. */
const ENVELOPE = 1024;
const LARGEST_RESULT = LARGEST_LIVE_MESSAGE - ENVELOPE;

/** The gateway would close its socket, with all operations on it, if it received such a result. */
export class ResultTooLarge extends DomainError {
  // A code that clients do not retry, because the result would be as large again.
  readonly code = 'BAD_USER_INPUT';

  constructor() {
    super(
      `A result of this operation is larger than ${LARGEST_RESULT} bytes. Select fewer fields or a smaller page.`,
    );
  }
}

/** Whether the gateway accepts a result of this size. */
export function isSendable(result: object): boolean {
  try {
    return Buffer.byteLength(JSON.stringify(result)) <= LARGEST_RESULT;
  } catch {
    // It exceeds the maximum length of a string.
    return false;
  }
}
