import { parseNewEmail } from '@supergraph/service/email-address';
import { visibleName } from '@supergraph/service/plain-text';
import type { AuthFault } from '../errors/auth-fault.js';
import { passwordWeakness } from './password-weakness.js';

const DISPLAY_NAME = visibleName(100);

/** What somebody who wants an account hands in, unchecked. */
export interface Registration {
  readonly email: string;
  readonly password: string;
  readonly displayName: string;
}

/** A registration that can become a row, or everything that is wrong with it. */
export type CheckedRegistration =
  | { faults: null; email: string; emailNormalized: string; displayName: string; password: string }
  | { faults: AuthFault[] };

/** Trims, normalises and checks all of it at once. */
export function checkRegistration({ email, password, displayName }: Registration): CheckedRegistration {
  const address = parseNewEmail(email);
  const name = displayName.trim();
  const weakness = passwordWeakness(password, [email, displayName]);
  if (address.fault === null && DISPLAY_NAME.test(name) && !weakness) {
    const emailNormalized = address.normalized;
    return { faults: null, email: email.trim(), emailNormalized, displayName: name, password };
  }
  const faults: AuthFault[] = [];
  if (address.fault !== null) {
    faults.push({ code: 'INVALID_INPUT', message: address.fault, field: ['input', 'email'] });
  }
  if (!DISPLAY_NAME.test(name)) {
    const message =
      'The name must have 1 to 100 characters, at least one visible character and no control characters.';
    faults.push({ code: 'INVALID_INPUT', message, field: ['input', 'displayName'] });
  }
  if (weakness) faults.push({ code: 'WEAK_PASSWORD', message: weakness, field: ['input', 'password'] });
  return { faults };
}
