import { DomainError } from '@supergraph/service/domain-error';

/** The operator lets nobody register (REGISTRATION). */
export class RegistrationClosed extends DomainError {
  readonly code = 'FORBIDDEN';

  constructor() {
    super('Registration is closed.');
  }
}
