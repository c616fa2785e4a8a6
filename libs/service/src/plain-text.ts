/**
 * Matches one line of text that Postgres can store: from one character to `longest`, without control
 * characters (Postgres refuses NUL) and without half a surrogate pair (it has no UTF-8).
 */
export function plainText(longest: number): RegExp {
  return new RegExp(`^[^\\p{Cc}\\p{Cs}]{1,${longest}}$`, 'u');
}

/** Not white space, not what fonts leave out (UAX #44, Default_Ignorable_Code_Point), nor Braille without dots. */
const VISIBLE = '[^\\p{White_Space}\\p{Default_Ignorable_Code_Point}\\u2800]';

/**
 * Matches plain text that may be shown to others as a name: there is something to see, all on one line and in its own
 * order, so that it passes for no other. Joiners of zero width are part of names in Persian, and of emoji.
 */
export function visibleName(longest: number): RegExp {
  return new RegExp(
    `^(?=[^]*${VISIBLE})[^\\p{Cc}\\p{Cs}\\p{Zl}\\p{Zp}\\p{Bidi_Control}]{1,${longest}}$`,
    'u',
  );
}
