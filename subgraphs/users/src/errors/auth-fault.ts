/** The closed list of reasons why a mutation on accounts or sessions can fail. */
export type AuthFaultCode =
  | 'INVALID_INPUT'
  | 'INVALID_CREDENTIALS'
  | 'WEAK_PASSWORD'
  | 'INVALID_TOKEN'
  | 'TOKEN_REUSED'
  | 'EMAIL_NOT_VERIFIED'
  | 'RATE_LIMITED'
  | 'LAST_OWNER';

/** An expected failure, returned as data. */
export interface AuthFault {
  readonly code: AuthFaultCode;
  /** Text for a person, without internal details. */
  readonly message: string;
  /** The path of the invalid argument, such as `['input', 'email']`. Absent if the fault concerns no single argument. */
  readonly field?: readonly string[];
  /** Seconds to wait before another attempt. Absent if waiting does not help. */
  readonly retryAfterSeconds?: number;
}
