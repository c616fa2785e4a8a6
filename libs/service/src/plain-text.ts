/**
 * Matches one line of text that Postgres can store: from one character to `longest`, without control
 * characters (Postgres refuses NUL) and without half a surrogate pair (it has no UTF-8).
 */
export function plainText(longest: number): RegExp {
  return new RegExp(`^[^\\p{Cc}\\p{Cs}]{1,${longest}}$`, 'u');
}
