import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { repositoryRoot } from './repository.js';

const git = (...args: string[]) =>
  execFileSync('git', args, { cwd: repositoryRoot, encoding: 'utf8' }).split('\n').filter(Boolean);
const files = git('ls-files', '--cached', '--others', '--exclude-standard');
const documents = files.filter((file) => file.endsWith('.md'));
const read = (file: string) => readFileSync(path.join(repositoryRoot, file), 'utf8');
const withoutCode = (text: string) => text.replaceAll(/^```.*?^```/gms, '');

/** The anchors of the headings, as GitHub forms them. */
const anchorsOf = (file: string) =>
  [...withoutCode(read(file)).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );

describe.each(documents)('%s', (document) => {
  const text = withoutCode(read(document));

  test('links to files and headings that exist', () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)\s]*)\)/g)].map(([, link = '']) => link);
    const broken = links.filter((link) => {
      const [place = '', anchor] = link.split('#');
      const target = place === '' ? document : path.posix.join(path.posix.dirname(document), place);
      const exists = files.some((file) => file === target || file.startsWith(`${target}/`));
      return !exists || (anchor !== undefined && !anchorsOf(target).includes(anchor));
    });
    expect(broken).toEqual([]);
  });

  test('cites source files that exist', () => {
    const cited = [...text.matchAll(/`([\w./-]+\.ts)`/g)].map(([, file = '']) => file);
    expect(cited.filter((name) => !files.some((file) => `/${file}`.endsWith(`/${name}`)))).toEqual([]);
  });
});
