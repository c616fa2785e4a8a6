/** Limits of attempts that tests reach with few requests. */
export const PER_ACCOUNT_AND_ADDRESS = 4;
export const PER_ACCOUNT = 10;
export const PER_ADDRESS = 20;

/** The same as environment variables. */
export const LIMITS = {
  ATTEMPTS_PER_ACCOUNT_AND_ADDRESS: String(PER_ACCOUNT_AND_ADDRESS),
  ATTEMPTS_PER_ACCOUNT: String(PER_ACCOUNT),
  ATTEMPTS_PER_ADDRESS: String(PER_ADDRESS),
};

/** Does the work this many times concurrently. */
export function many<T>(count: number, work: (n: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, n) => work(n)));
}

/** How many logins were wrong, rate limited and right. */
export function tally(answers: readonly { readonly code: string }[]) {
  const count = (wanted: string) => answers.filter(({ code }) => code === wanted).length;
  return { wrong: count('INVALID_CREDENTIALS'), limited: count('RATE_LIMITED'), right: count('OK') };
}
