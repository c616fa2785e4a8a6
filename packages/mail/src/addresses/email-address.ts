import { parseDomain } from './email-address-domain.js';
import { parseLocalPart } from './email-address-local-part.js';
import type { ParsedEmail } from './parsed-email.js';

/*
 * The rules of e-mail addresses.
 *
 * An address is `local-part@domain` (RFC 5321, RFC 6531). The normal form decides which spellings are one address:
 *
 * 1. White space around the address is removed, then the address is brought to NFKC. The rules below apply to the result,
 *    so full-width `＠ ／ ．` are `@ / .`.
 * 2. The first @ outside quotation marks ends the local part.
 * 3. Local part: full Unicode case folding (email-address-local-part.ts). Unnecessary quotation marks and backslashes are
 *    removed. Necessary quotation marks stay, with a backslash before `"` and `\` only. Dots and
 *    `+tags` stay.
 * 4. Domain: A-labels (email-address-domain.ts). It must be a domain name with at least one dot, without port, path,
 *    query, fragment, user information or trailing dot. IP addresses are not allowed.
 *
 * The normal form of a normal form is itself. Its domain contains only `a-z`, `0-9`, `.` and `-`.
 */

/** RFC 5321, section 4.5.3.1.3, without the angle brackets. */
const LONGEST_ADDRESS = 254;

/** Invisible and unassigned characters (UAX #44): two addresses could look alike. */
const UNSEEN = /[\p{Cf}\p{Co}\p{Cn}\p{Default_Ignorable_Code_Point}]|(?! )\p{Z}/u;

/** Group 1 is a quoted local part or one without quotation marks, group 2 the domain. */
const LOCAL_PART_AND_DOMAIN = /^("(?:[^"\\]|\\.)*"|[^"@]*)@(.*)$/su;

/** `parseEmail` for new addresses. It also rejects invisible characters, which old rows may contain. */
export function parseNewEmail(typed: string): ParsedEmail {
  const parsed = parseEmail(typed);
  if (parsed.fault === null && UNSEEN.test(typed.trim())) {
    return { fault: 'The address must not contain invisible or unassigned characters.' };
  }
  return parsed;
}

/** The normal form of an address for a lookup. */
export function parseEmail(typed: string): ParsedEmail {
  const trimmed = typed.trim();
  // Checked first, so that a huge input costs nothing.
  if (trimmed.length > LONGEST_ADDRESS) return TOO_LONG;
  if (/[\p{Cc}\p{Cs}]/u.test(trimmed)) return { fault: 'The address must not contain control characters.' };
  const [, typedLocalPart, typedDomain] = LOCAL_PART_AND_DOMAIN.exec(trimmed.normalize('NFKC')) ?? [];
  if (!typedLocalPart || !typedDomain) return { fault: 'The address must have the form name@example.com.' };
  const domain = parseDomain(typedDomain);
  if (domain.fault !== null) return domain;
  const localPart = parseLocalPart(typedLocalPart);
  if (localPart.fault !== null) return localPart;
  const normalized = `${localPart.normalized}@${domain.normalized}`;
  return normalized.length > LONGEST_ADDRESS ? TOO_LONG : { normalized, fault: null };
}

const TOO_LONG: ParsedEmail = { fault: `The address must have at most ${LONGEST_ADDRESS} characters.` };

/** The normal form of a new address, or null if it is not valid. */
export function normalizeNewEmail(typed: string): string | null {
  return normalizedOrNull(parseNewEmail(typed));
}

/** The normal form of an address for a lookup, or null if it is not valid. */
export function normalizeEmail(typed: string): string | null {
  return normalizedOrNull(parseEmail(typed));
}

function normalizedOrNull(parsed: ParsedEmail): string | null {
  return parsed.fault === null ? parsed.normalized : null;
}
