import { DomainError } from '@kit/service';
import { parseNewEmail } from '@kit/mail';
import { visibleName } from '@kit/subgraph';
import type { AuthFault } from '../errors/auth-fault.js';
import { passwordWeakness } from './password-weakness.js';

/** The operator closed registration (REGISTRATION). */
export class RegistrationClosed extends DomainError {
  readonly code = 'FORBIDDEN';

  constructor() {
    super('Registration is closed.');
  }
}

const DISPLAY_NAME = visibleName(100);

/** The unchecked input of a registration. */
export interface Registration {
  readonly email: string;
  readonly password: string;
  readonly displayName: string;
}

/** A valid registration, or all faults of an invalid one. */
export type CheckedRegistration =
  | { faults: null; email: string; emailNormalized: string; displayName: string; password: string }
  | { faults: AuthFault[] };

/** Trims, normalises and checks a registration. */
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
