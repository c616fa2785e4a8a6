import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { writeGenerated } from './generated-files.js';
import { repositoryRoot } from './repository.js';

const NAME = `.generated-${process.pid}.test`;
const file = path.join(repositoryRoot, NAME);
const write = (text: string, isCheck: boolean) =>
  writeGenerated([{ name: NAME, text }], { script: 'generate', isCheck });

afterEach(() => rm(file, { force: true }));

describe('generated files', () => {
  test('are written and named only when they change', async () => {
    expect(await write('one', false)).toBe(NAME);
    expect(await write('one', false)).toBe('');
    expect(await write('two', false)).toBe(NAME);
    expect(await readFile(file, 'utf8')).toBe('two');
  });

  test('make a check fail after an edit by hand, and stay as they are', async () => {
    await write('edited by hand', false);
    await expect(write('generated', true)).rejects.toThrow(
      `These files are not up to date with the code: ${NAME}\nRun "npm run generate" and commit them.`,
    );
    expect(await readFile(file, 'utf8')).toBe('edited by hand');
  });
});
