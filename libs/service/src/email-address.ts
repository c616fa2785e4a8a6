import { domainToASCII } from 'node:url';
import validator from 'validator';

/** RFC 5321, section 4.5.3.1.3, less the angle brackets. */
const LONGEST_ADDRESS = 254;

/** What nobody sees in an address (UAX #44), or takes for its end: two that look alike would be two. */
const UNSEEN = /[\p{Cf}\p{Default_Ignorable_Code_Point}]|(?! )\p{Z}/u;

/**
 * `normalizeEmail` for an address that is to be stored: null, too, when it holds what nobody sees. Such addresses were
 * taken once; `normalizeEmail` alone finds whoever has one.
 */
export function normalizeNewEmail(typed: string): string | null {
  const normalized = normalizeEmail(typed);
  return normalized !== null && UNSEEN.test(typed.trim()) ? null : normalized;
}

/**
 * The form that makes an address unique: trimmed, NFC, lower case, domain as A-label; `+tags` and dots stay.
 * @returns null when it is no e-mail address
 */
export function normalizeEmail(typed: string): string | null {
  const address = typed.trim();
  // No later step brings a longer address below the limit; most of them are there to keep us busy.
  if (address.length > LONGEST_ADDRESS) return null;
  // isEmail lets control characters through in quotes, and throws on a surrogate without its partner.
  if (/[\p{Cc}\p{Cs}]/u.test(address)) return null;
  const lower = address.toLowerCase().normalize('NFC');
  const at = lower.lastIndexOf('@');
  const typedDomain = lower.slice(at + 1);
  // The URL rules behind domainToASCII decode percent signs, which no mail domain has.
  if (at < 1 || typedDomain.includes('%')) return null;
  const normalized = `${lower.slice(0, at)}@${domainToASCII(typedDomain)}`;
  return validator.isEmail(normalized, { allow_utf8_local_part: true }) ? normalized : null;
}
