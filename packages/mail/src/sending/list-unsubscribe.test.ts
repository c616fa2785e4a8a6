import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Letter } from './mail.js';
import { withMail } from '../testing/with-mail.js';

const ADA = 'ada@example.com';
const URL_OF_900 = `https://example.com/unsubscribe/${'AbC-_9'.repeat(200)}`.slice(0, 900);

describe('the header List-Unsubscribe', () => {
  const mail = withMail();
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'mail-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const lettersWith = (own: Partial<Letter>) => ({
    GREETING: async (_: unknown, to: string) => ({ to, subject: 'News', text: 'Hello.', link: null, ...own }),
  });
  const sentBySmtp = async (own: Partial<Letter>): Promise<string> => {
    await mail.startService({ smtpUrl: mail.smtp.url, letters: lettersWith(own) });
    await mail.enqueue(ADA);
    return (await mail.mailTo(ADA)).source;
  };
  const writtenToFolder = async (own: Partial<Letter>): Promise<string> => {
    await mail.startService({ folder, letters: lettersWith(own) });
    await mail.enqueue(ADA);
    await mail.allDone();
    const [file] = await readdir(folder);
    return readFile(path.join(folder, file!), 'utf8');
  };
  /** The values of the List headers, unfolded as RFC 5322, section 2.2.3 says. */
  const listHeaders = (source: string): string[] => {
    const [head] = source.split('\r\n\r\n');
    return head!
      .replaceAll(/\r\n(?=[ \t])/g, '')
      .split('\r\n')
      .filter((line) => line.startsWith('List-'))
      .toSorted();
  };
  const ONE_CLICK = 'List-Unsubscribe-Post: List-Unsubscribe=One-Click';

  test.each([
    ['by SMTP', sentBySmtp],
    ['to a folder', writtenToFolder],
  ])('is in a mail %s with the one for one-click, and has a long URL on one line', async (_, sourceOf) => {
    const source = await sourceOf({ listUnsubscribe: URL_OF_900 });
    expect(listHeaders(source)).toEqual([ONE_CLICK, `List-Unsubscribe: <${URL_OF_900}>`]);
    expect(source).toContain(`<${URL_OF_900}>`);
    expect(Math.max(...source.split('\r\n').map(({ length }) => length))).toBeLessThanOrEqual(998);
  });

  test('is not in a mail without a URL', async () => {
    expect(listHeaders(await sentBySmtp({}))).toEqual([]);
  });

  test('can neither end early nor start another header', async () => {
    const source = await sentBySmtp({
      listUnsubscribe: 'https://exämple.com/a>,<b c\r\nBcc: eve@example.com',
    });
    expect(listHeaders(source)).toEqual([
      ONE_CLICK,
      'List-Unsubscribe: <https://xn--exmple-cua.com/a%3E,%3Cb%20cBcc:%20eve@example.com>',
    ]);
    expect(source).not.toMatch(/^Bcc:/im);
  });
});
