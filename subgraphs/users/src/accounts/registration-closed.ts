import { DomainError } from '@kit/service';

/** The operator closed registration (REGISTRATION). */
export class RegistrationClosed extends DomainError {
  readonly code = 'FORBIDDEN';

  constructor() {
    super('Registration is closed.');
  }
}
