import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { normalizeEmail, normalizeNewEmail, parseEmail, parseNewEmail } from './email-address.js';

test.each([
  ['Ann@Example.COM', 'ann@example.com'],
  ['  ann@example.com ', 'ann@example.com'],
  ['ann+news@example.com', 'ann+news@example.com'],
  ['a.n.n@example.com', 'a.n.n@example.com'],
  ['ann@bücher.example', 'ann@xn--bcher-kva.example'],
  ['ann@BÜCHER.example', 'ann@xn--bcher-kva.example'],
  ['ann@XN--BCHER-KVA.example', 'ann@xn--bcher-kva.example'],
  ['re\u0301ne@example.com', 'r\u00e9ne@example.com'],
  ['ΑΝΑΣ@example.com', 'ανασ@example.com'],
  ['ανας@example.com', 'ανασ@example.com'],
  ['STRASSE@example.com', 'strasse@example.com'],
  ['straße@example.com', 'strasse@example.com'],
  ['STRAẞE@example.com', 'strasse@example.com'],
  ['İ@example.com', 'i\u0307@example.com'],
  ['ı@example.com', 'ı@example.com'],
  ['ꭰ@example.com', 'ꭰ@example.com'],
  ['Ꭰ@example.com', 'ꭰ@example.com'],
  ['ａｎｎ＠ｅｘａｍｐｌｅ．ｃｏｍ', 'ann@example.com'],
  ['ann@example。com', 'ann@example.com'],
  ['"ann"@example.com', 'ann@example.com'],
  ['"a\\n\\n"@example.com', 'ann@example.com'],
  ['＂ann＂@example.com', 'ann@example.com'],
  ['"Ann Smith"@example.com', '"ann smith"@example.com'],
  ['"ann\\ smith"@example.com', '"ann smith"@example.com'],
  ['"a\\"n\\\\n"@example.com', '"a\\"n\\\\n"@example.com'],
  ['"ann@home"@example.com', '"ann@home"@example.com'],
  ['"ann＠home"@example.com', '"ann@home"@example.com'],
  ['".ann"@example.com', '".ann"@example.com'],
  ['"e\\\u0301"@example.com', '\u00e9@example.com'],
  ['ann@STRAẞE.example', 'ann@xn--strae-oqa.example'],
  ['ann@ΑΝΑΣ.example', 'ann@xn--mxaa9aza.example'],
  ['😀@example.com', '😀@example.com'],
])('gives %j the normal form %j', (typed, normalized) => {
  expect(normalizeEmail(typed)).toBe(normalized);
  expect(normalizeEmail(normalized)).toBe(normalized);
});

test('keeps addresses of different domains apart', () => {
  expect(normalizeEmail('ann@straße.example')).not.toBe(normalizeEmail('ann@strasse.example'));
  expect(normalizeEmail('ann@ανας.example')).not.toBe(normalizeEmail('ann@ανασ.example'));
});

const FORM = 'The address must have the form name@example.com.';
const TOO_LONG = 'The address must have at most 254 characters.';
const CONTROL = 'The address must not contain control characters.';
const DOTS = 'The part before the @ must not begin or end with a dot, or contain two dots in a row.';
const UNQUOTED = 'The part before the @ contains a character that is only allowed in quotation marks.';
const NO_DOMAIN = 'The domain is not a valid domain name.';
const domainHas = (what: string) => `The domain must not contain ${what}.`;

test.each([
  ['', FORM],
  ['ann', FORM],
  ['@example.com', FORM],
  ['ann@', FORM],
  ['"ann@example.com', FORM],
  ['"ann"smith@example.com', FORM],
  ['"a"n"@example.com', FORM],
  [`ann@${'a'.repeat(250)}.com`, TOO_LONG],
  [`${'a'.repeat(1_000_000)}@example.com`, TOO_LONG],
  [`a@${`${'㎉'.repeat(15)}.`.repeat(5)}com`, NO_DOMAIN],
  [`${'a'.repeat(64)}@${`${'㎉'.repeat(15)}.`.repeat(3)}example.com`, TOO_LONG],
  ['ann@example.com\u0000', CONTROL],
  ['ann@exam\tple.com', CONTROL],
  ['\ud800@example.com', CONTROL],
  ['ann smith@example.com', UNQUOTED],
  ['ann\u2003smith@example.com', UNQUOTED],
  ['<ann@example.com', UNQUOTED],
  ['.ann@example.com', DOTS],
  ['ann.@example.com', DOTS],
  ['a..nn@example.com', DOTS],
  ['a\u2025nn@example.com', DOTS],
  [`${'a'.repeat(65)}@example.com`, 'The part before the @ must have at most 64 bytes.'],
  [`${'é'.repeat(33)}@example.com`, 'The part before the @ must have at most 64 bytes.'],
  ['ann@example.com/x', domainHas('a path')],
  ['ann@example.com/', domainHas('a path')],
  ['ann@example.com／x', domainHas('a path')],
  ['ann@ex℀mple.com', domainHas('a path')],
  ['ann@example.com?src=web', domainHas('a query')],
  ['ann@example.com？x', domainHas('a query')],
  ['ann@example.com#x', domainHas('a fragment')],
  ['ann@example.com＃x', domainHas('a fragment')],
  ['ann@example.com:25', domainHas('a port')],
  ['ann@example.com：25', domainHas('a port')],
  ['ann@example.com\\x', domainHas('a backslash')],
  ['ann@example.com＼x', domainHas('a backslash')],
  ['ann@[127.0.0.1]', domainHas('brackets')],
  ['ann@[IPv6:::1]', domainHas('brackets')],
  ['ann@example%2ecom', domainHas('a percent sign')],
  ['ann@@example.com', domainHas('user information')],
  ['ann@user@example.com', domainHas('user information')],
  ['ann@user＠example.com', domainHas('user information')],
  ['ann@user:password@example.com', domainHas('a port')],
  ['ann@exa mple.com', domainHas('a space')],
  ['ann@exam_ple.com', domainHas('special characters')],
  ['ann@example.com.', 'The domain must not end with a dot.'],
  ['ann@example.com．', 'The domain must not end with a dot.'],
  ['ann@example.com。', 'The domain must not end with a dot.'],
  ['ann@example.com｡', 'The domain must not end with a dot.'],
  ['ann@example', 'The domain must contain a dot, as in example.com.'],
  ['ann@127.0.0.1', 'The domain must be a name, not an IP address.'],
  ['ann@0x7f.1', 'The domain must be a name, not an IP address.'],
  ['ann@example..com', NO_DOMAIN],
  ['ann@-example.com', NO_DOMAIN],
  ['ann@example-.com', NO_DOMAIN],
  ['ann@xn--a.com', NO_DOMAIN],
  ['ann@bücher.xn--strasse-oqa.de', NO_DOMAIN],
  ['ann@example.c', NO_DOMAIN],
  [`ann@${'a'.repeat(64)}.com`, NO_DOMAIN],
])('rejects %.40j: %s', (typed, fault) => {
  expect(parseEmail(typed)).toEqual({ fault });
  expect(parseNewEmail(typed)).toEqual({ fault });
  expect(normalizeEmail(typed)).toBeNull();
});

test.each([
  'a\u200b@example.com',
  'a\u202e@example.com',
  'a\u00adb@example.com',
  'a\u200db@example.com',
  'a\u115f@example.com',
  'a\ufe0f@example.com',
  'a\u2028b@example.com',
  'a\ue000@example.com',
  'a\uffff@example.com',
])('parses %j, but rejects it as a new address because of invisible characters', (typed) => {
  expect(normalizeEmail(typed)).toBe(typed);
  expect(parseNewEmail(typed)).toEqual({
    fault: 'The address must not contain invisible or unassigned characters.',
  });
});

test('gives a new address the same normal form, and rejects invisible characters in its domain', () => {
  for (const typed of [
    ' Ann@B\u00dcCHER.example ',
    '"a b"@example.com',
    '\u7528\u6237@\u4f8b\u3048.jp',
    'ann',
  ]) {
    expect(normalizeNewEmail(typed)).toBe(normalizeEmail(typed));
  }
  expect(normalizeEmail('ann@exam\u00adple.com')).toBe('ann@example.com');
  expect(normalizeNewEmail('ann@exam\u00adple.com')).toBeNull();
});

/** All assigned characters, and a sample of the unassigned and private ones, which have no properties. */
const CODE_POINTS = Array.from({ length: 0x11_00_00 }, (_, code) => code)
  .filter((code) => code < 0xd8_00 || code > 0xdf_ff)
  .map((code) => String.fromCodePoint(code))
  .filter((character, index) => index % 101 === 0 || !/[\p{Cn}\p{Co}]/u.test(character));

/** The normal form of a valid address is its own normal form, and has a plain domain. */
function expectNormalForm(normalized: string): void {
  if (normalizeEmail(normalized) !== normalized || !/^[^]+@[a-z0-9.-]+$/.test(normalized)) {
    // Millions of `expect` calls would be slow.
    throw new Error(`${JSON.stringify(normalized)} is not a normal form`);
  }
}

describe('every character of Unicode', () => {
  test('folds as its Unicode properties say', () => {
    const folded = (text: string) => normalizeEmail(`${text}@example.com`)?.slice(0, -'@example.com'.length);
    const wrong = CODE_POINTS.filter((character) => {
      const before = character.normalize('NFKC');
      const after = folded(before);
      if (after === undefined || /^\s|\p{Script=Cherokee}/u.test(before)) return false;
      return (after !== before) !== /\p{Changes_When_Casefolded}/u.test(before);
    });
    expect(wrong).toEqual([]);
    const cherokee = CODE_POINTS.filter((character) => /\p{Script=Cherokee}/u.test(character));
    for (const letter of cherokee) expect(folded(letter.toUpperCase())).toBe(folded(letter.toLowerCase()));
  });

  test('has one normal form, in a local part and in a domain', () => {
    for (const character of CODE_POINTS) {
      for (const typed of [`a${character}@example.com`, `ann@e${character}x.com`]) {
        const normalized = normalizeEmail(typed);
        if (normalized !== null) expectNormalForm(normalized);
      }
    }
  });
});

describe('spellings of one address', () => {
  const from = (characters: string) => fc.constantFrom(...Array.from(characters));
  const anyCharacter = fc.oneof(
    { weight: 4, arbitrary: from('abzABZ019.+-@"\\ /?#:%[]') },
    { weight: 2, arbitrary: from('ßẞςσΣıİéÉ\u0301\u0345\u00adǅﬁﷺΐᾳᾼ') },
    { weight: 2, arbitrary: from('．。｡／？＃＠＼：％＂［］Ａａ１\u2024\u2025℀⒈') },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }) },
  );
  const anyText = fc.array(anyCharacter, { maxLength: 12 }).map((characters) => characters.join(''));

  test('have a normal form that is its own normal form', () => {
    const address = fc.oneof(
      anyText,
      fc.tuple(anyText, anyText).map(([local, domain]) => `${local}@${domain}.com`),
      fc.tuple(anyText, anyText).map(([local, domain]) => `"${local}"@${domain}.com`),
    );
    fc.assert(
      fc.property(address, (typed) => {
        const normalized = normalizeEmail(typed);
        if (normalized !== null) expectNormalForm(normalized);
      }),
      { numRuns: 20_000 },
    );
  });

  /** Texts of the same letters in different spellings. */
  const spelled = (letters: Record<string, readonly string[]>, count: number, maxLength: number) =>
    fc
      .array(
        fc
          .constantFrom(...Object.values(letters))
          .chain((ways) => fc.array(fc.constantFrom(...ways), { minLength: count, maxLength: count })),
        { minLength: 1, maxLength },
      )
      .map((parts) => Array.from({ length: count }, (_, index) => parts.map((part) => part[index]).join('')));

  const LETTERS = {
    a: ['a', 'A', 'ａ', 'Ａ', '𝐚'],
    k: ['k', 'K', '\u212a'],
    é: ['é', 'É', 'e\u0301', 'E\u0301'],
    σ: ['σ', 'Σ', 'ς'],
    ss: ['ss', 'SS', 'sS', 'ß', 'ẞ', 'ſs'],
    fi: ['fi', 'FI', 'ﬁ'],
    άι: ['άι', 'ᾴ', 'α\u0345\u0301', 'Ά\u0399'],
    '1': ['1', '１', '①'],
    '+': ['+', '＋'],
  };
  const QUOTED_ONLY = {
    ' ': [' ', '\\ ', '\u00a0', '\u3000'],
    '@': ['@', '\\@', '＠'],
    '"': ['\\"', '\\＂'],
    '\\': ['\\\\', '＼\\'],
    '.': ['.', '．', '\u2024', '\\.'],
  };
  const domains = spelled({ a: ['a', 'A', 'ａ'], é: ['é', 'É', 'e\u0301'], ß: ['ß', 'ẞ'] }, 2, 6);

  test.each([
    ['with or without quotation marks', LETTERS, ['', '"', '＂']],
    ['with quotation marks that it needs', { ...LETTERS, ...QUOTED_ONLY }, ['"', '＂']],
  ])('have the same normal form, %s', (_, letters, marks) => {
    const mark = fc.constantFrom(...marks);
    const dot = fc.constantFrom('.', '．', '。', '｡');
    fc.assert(
      fc.property(
        spelled(letters, 2, 8),
        domains,
        mark,
        mark,
        dot,
        ([one, other], [domain, otherDomain], oneMark, otherMark, otherDot) => {
          const normalized = normalizeEmail(`${oneMark}${one}${oneMark}@${domain}.com`);
          expect(normalized).not.toBeNull();
          expect(normalizeEmail(` ${otherMark}${other}${otherMark}@${otherDomain}${otherDot}COM`)).toBe(
            normalized,
          );
        },
      ),
      { numRuns: 5_000 },
    );
  });
});
