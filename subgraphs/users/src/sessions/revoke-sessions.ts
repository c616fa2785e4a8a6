import { isId } from '@kit/database';
import type { AuthFault } from '../errors/auth-fault.js';
import type { OwnSessions } from './sessions.service.js';

const MOST_IDS = 100;

/** Parses the input of `revokeSessions`. */
export function parseRevocation({
  ids,
  othersOnly,
}: {
  ids?: readonly string[] | null;
  othersOnly?: boolean | null;
}): { which: OwnSessions; fault: null } | { fault: AuthFault } {
  if (othersOnly) {
    return ids
      ? invalid('othersOnly', 'Set either ids or othersOnly, not both.')
      : { which: 'others', fault: null };
  }
  if (!ids) return invalid('ids', 'Set ids, or set othersOnly to true.');
  if (ids.length > MOST_IDS) return invalid('ids', `Use at most ${MOST_IDS} ids, not ${ids.length}.`);
  return { which: ids.filter((id) => isId(id)), fault: null };
}

function invalid(field: string, message: string): { fault: AuthFault } {
  return { fault: { code: 'INVALID_INPUT', message, field: ['input', field] } };
}
