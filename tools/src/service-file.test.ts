import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Fault } from './fault.js';
import { readServiceFile } from './service-file.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'service-file-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (text: string) => writeFileSync(path.join(folder, 'service.yaml'), text);
const fault = () => {
  try {
    readServiceFile(folder);
    return '';
  } catch (error) {
    expect(error).toBeInstanceOf(Fault);
    return (error as Fault).message;
  }
};

describe('a service.yaml', () => {
  test('may be missing or leave everything out', () => {
    const empty = {
      secrets: {},
      variables: {},
      networks: [],
      development: { ports: {}, secrets: [], variables: {} },
    };
    expect(readServiceFile(folder)).toEqual(empty);
    write('development: {}\n');
    expect(readServiceFile(folder)).toEqual(empty);
  });

  test.each([
    ['an unknown key', 'secret: {}', /the file: .*"secret"/],
    ['a name that is no variable', 'secrets: { cursorSecret: {} }', /secrets\.cursorSecret: .*CURSOR_SECRET/],
    ['an unknown key of a variable', 'variables: { A: { default: x } }', /variables\.A: .*"default"/],
    ['a value that is no text', 'variables: { A: { example: 7 } }', /variables\.A\.example: /],
    ['a bad port', 'development: { ports: { A_PORT: 70000 } }', /development\.ports\.A_PORT: /],
    ['text that is not YAML', 'secrets: [', /service\.yaml: cannot be read: /],
  ])('reports %s', (_, text, message) => {
    write(`${text}\n`);
    expect(fault()).toMatch(message);
    expect(fault()).toContain('service.yaml: ');
  });
});
