import { normalizeNewEmail } from '@supergraph/service/email-address';
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
  const emailNormalized = normalizeNewEmail(email);
  const name = displayName.trim();
  const weakness = passwordWeakness(password, [email, displayName]);
  if (emailNormalized && DISPLAY_NAME.test(name) && !weakness) {
    return { faults: null, email: email.trim(), emailNormalized, displayName: name, password };
  }
  const faults: AuthFault[] = [];
  if (!emailNormalized) {
    faults.push({ code: 'INVALID_INPUT', message: 'This is no e-mail address.', field: ['input', 'email'] });
  }
  if (!DISPLAY_NAME.test(name)) {
    const message =
      'The name must have 1 to 100 characters, some of them visible and none a control character.';
    faults.push({ code: 'INVALID_INPUT', message, field: ['input', 'displayName'] });
  }
  if (weakness) faults.push({ code: 'WEAK_PASSWORD', message: weakness, field: ['input', 'password'] });
  return { faults };
}
