import { domainToASCII, domainToUnicode } from 'node:url';
import type { ParsedEmail } from './parsed-email.js';

/** RFC 1035, section 2.3.4, as text. */
const LONGEST_DOMAIN = 253;

/** ASCII that no domain name contains. IDNA decides about all other characters. */
const FOREIGN = /[^a-zA-Z0-9.\-\u0080-\u{10ffff}]/u;

const FOREIGN_PARTS = new Map([
  ['/', 'a path'],
  ['?', 'a query'],
  ['#', 'a fragment'],
  [':', 'a port'],
  ['@', 'user information'],
  ['\\', 'a backslash'],
  ['[', 'brackets'],
  [']', 'brackets'],
  ['%', 'a percent sign'],
  [' ', 'a space'],
]);

const A_LABEL = /^xn--|\.xn--/;
const LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;
const TOP_LABEL = /^(?:[a-z]{2,}|xn--[a-z0-9-]+)$/;

/**
 * A domain in NFKC as A-labels (UTS #46 without transitional processing, as in browsers: `ß` and `ς` are distinct from
 * `ss` and `σ`, since these are different domains).
 */
export function parseDomain(domain: string): ParsedEmail {
  // Before domainToASCII: it reads its input as a URL, and cuts it at "/", "?", "#" and "\".
  const [foreign] = FOREIGN.exec(domain) ?? [];
  if (foreign !== undefined) {
    return { fault: `The domain must not contain ${FOREIGN_PARTS.get(foreign) ?? 'special characters'}.` };
  }
  if (/[.\u3002]$/.test(domain)) return { fault: 'The domain must not end with a dot.' };
  // Unicode 15.1 maps ẞ to ß, earlier versions map it to ss. Node.js 20 and 24 must agree.
  const normalized = domainToASCII(domain.replaceAll('\u1e9e', '\u00df'));
  const labels = normalized.split('.');
  if (normalized.length > LONGEST_DOMAIN || !labels.every((label) => LABEL.test(label))) {
    return { fault: 'The domain is not a valid domain name.' };
  }
  // Node.js 24 accepts A-labels that decode to nothing. Node.js 20 rejects them.
  if (A_LABEL.test(normalized) && A_LABEL.test(domainToUnicode(normalized))) {
    return { fault: 'The domain is not a valid domain name.' };
  }
  if (labels.length < 2) return { fault: 'The domain must contain a dot, as in example.com.' };
  if (/^\d+$/.test(labels.at(-1)!)) return { fault: 'The domain must be a name, not an IP address.' };
  if (!TOP_LABEL.test(labels.at(-1)!)) return { fault: 'The domain is not a valid domain name.' };
  return { normalized, fault: null };
}
