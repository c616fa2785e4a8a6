import { foldCase } from '@kit/database';
import { plainText } from '@kit/subgraph';
import type { SubscriberEntity } from '../subscriber.entity.js';

const LONGEST_REASON = 500;
const REASON = plainText(LONGEST_REASON);

export const REASON_RULE = `Use a reason of at most ${LONGEST_REASON} characters, without control characters.`;

export const REASON_NAMES_PERSON =
  'Use a reason without e-mail addresses and without the name of the subscriber. The reason stays in the history.';

/** Shorter names and local parts, such as initials, are in many texts. */
const SHORTEST_NAME = 3;

/** Whether a text without surrounding white space can be stored as a reason. */
export function isReason(reason: string): boolean {
  return REASON.test(reason);
}

/** Whether a reason has an address, or the local part of the subscriber's address or a part of the name as a word. */
export function namesPerson(reason: string, { email, name }: SubscriberEntity): boolean {
  const text = words(reason).join(' ');
  const localPart = email?.slice(0, email.lastIndexOf('@')) ?? '';
  const names = [words(localPart).join(' '), ...words(name ?? '')];
  return (
    reason.normalize('NFKC').includes('@') ||
    names.some((each) => each.length >= SHORTEST_NAME && ` ${text} `.includes(` ${each} `))
  );
}

function words(text: string): string[] {
  return foldCase(text.normalize('NFKC'))
    .split(/[^\p{L}\p{N}\p{M}]+/u)
    .filter((word) => word !== '');
}
