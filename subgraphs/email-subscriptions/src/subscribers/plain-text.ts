/**
 * Whether Postgres can store it and a list can show it: no control characters (NUL is refused by Postgres)
 * and no surrogate without its partner (it has no UTF-8).
 */
export function isPlainText(text: string): boolean {
  return !/[\p{Cc}\p{Cs}]/u.test(text);
}
