import { QueryFailedError } from 'typeorm';

/** Whether a statement failed because another subscriber has the address. */
export function isAddressTaken(error: unknown): boolean {
  if (!(error instanceof QueryFailedError)) return false;
  const { constraint } = error.driverError as { constraint?: unknown };
  return constraint === 'subscribers_email_normalized_key';
}
