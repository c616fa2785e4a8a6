export const CONSENT_METHODS = [
  'DOUBLE_OPT_IN',
  'SINGLE_OPT_IN',
  'STATED_BY_STAFF',
  'STATED_BY_IMPORT',
] as const;
export type ConsentMethod = (typeof CONSENT_METHODS)[number];

/** The evidence of consent, as the column `consent` has it. */
export interface Consent {
  /** ISO 8601, in UTC. */
  readonly givenAt: string;
  readonly method: ConsentMethod;
  readonly ip: string | null;
  readonly userAgent: string | null;
  /** The page or file that it was given in. */
  readonly origin: string | null;
  /** What the subscriber agreed to, as it read then. */
  readonly text: string | null;
}
