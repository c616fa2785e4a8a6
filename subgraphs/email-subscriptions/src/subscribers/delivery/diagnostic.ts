const LONGEST_DIAGNOSTIC = 500;
const REMOVED = '[address]';

/**
 * What of a mail server's diagnostic goes into the history: the first 500 characters on one line. Diagnostics quote
 * addresses, which are replaced: every word with an `@`, and the subscriber's own local part.
 * @returns null if nothing is left
 */
export function diagnosticWithoutAddresses(diagnostic: string, email: string): string | null {
  const localPart = email.slice(0, email.lastIndexOf('@')).normalize('NFKC').toLowerCase();
  const text = withoutText(oneLine(diagnostic), localPart)
    .split(' ')
    .map((word) => (word.includes('@') ? REMOVED : word))
    .join(' ');
  // The cut must not halve a surrogate pair.
  return Array.from(text).slice(0, LONGEST_DIAGNOSTIC).join('').trim() || null;
}

function oneLine(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/[\p{Cc}\p{Cs}\p{Z}]+/gu, ' ')
    .trim();
}

/** Replaces a text where it stands alone, in upper or lower case. It may contain spaces. */
function withoutText(text: string, removed: string): string {
  const pattern = removed.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return text.replace(new RegExp(`(?<![\\p{L}\\p{N}])${pattern}(?![\\p{L}\\p{N}])`, 'giu'), REMOVED);
}
