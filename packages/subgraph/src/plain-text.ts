/**
 * Matches one line of text that Postgres can store: 1 to `longest` characters, without control characters (Postgres
 * rejects NUL) and without lone surrogates (which have no UTF-8 form).
 */
export function plainText(longest: number): RegExp {
  return new RegExp(`^[^\\p{Cc}\\p{Cs}]{1,${longest}}$`, 'u');
}

/** Not white space, not invisible (UAX #44, Default_Ignorable_Code_Point), and not the Braille character without dots. */
const VISIBLE = '[^\\p{White_Space}\\p{Default_Ignorable_Code_Point}\\u2800]';

/**
 * Matches a name that may be shown to other users: it has a visible character, is on one line, and does not change the
 * direction of text, so that it cannot imitate another name. Zero-width joiners are allowed: Persian names and emoji
 * contain them.
 */
export function visibleName(longest: number): RegExp {
  return new RegExp(
    `^(?=[^]*${VISIBLE})[^\\p{Cc}\\p{Cs}\\p{Zl}\\p{Zp}\\p{Bidi_Control}]{1,${longest}}$`,
    'u',
  );
}
