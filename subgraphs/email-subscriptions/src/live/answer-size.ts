import { DomainError } from '@supergraph/service/domain-error';
import { LARGEST_LIVE_MESSAGE } from '@supergraph/service/live-messages';

/** What graphql-ws puts around an answer: its type, and the id that the gateway gave the operation. */
const ENVELOPE = 1024;
const LARGEST_ANSWER = LARGEST_LIVE_MESSAGE - ENVELOPE;

/** The answer would close the gateway's socket, and everybody's operations with it. */
export class AnswerTooLarge extends DomainError {
  // One that ends the operation: it would be as large if it were asked for again.
  readonly code = 'BAD_USER_INPUT';

  constructor() {
    super(`An answer of this operation is larger than ${LARGEST_ANSWER} bytes; ask for less.`);
  }
}

/** Whether the gateway takes it. */
export function isSendable(answer: object): boolean {
  try {
    return Buffer.byteLength(JSON.stringify(answer)) <= LARGEST_ANSWER;
  } catch {
    // Longer than any string.
    return false;
  }
}
