/** Why a mutation did not do what it was asked to (the closed list). */
export const AUTH_FAULT_CODES = [
  'INVALID_INPUT',
  'INVALID_CREDENTIALS',
  'WEAK_PASSWORD',
  'INVALID_TOKEN',
  'TOKEN_REUSED',
  'EMAIL_NOT_VERIFIED',
  'RATE_LIMITED',
  'LAST_OWNER',
] as const;

export type AuthFaultCode = (typeof AUTH_FAULT_CODES)[number];

/** An expected outcome that is not the one asked for, told as data. */
export interface AuthFault {
  readonly code: AuthFaultCode;
  /** For people; names nothing internal. */
  readonly message: string;
  /** The path of the argument at fault, such as `['input', 'email']`; absent when it is no single one. */
  readonly field?: readonly string[];
  /** Seconds until another attempt makes sense; absent when waiting does not help. */
  readonly retryAfterSeconds?: number;
}
