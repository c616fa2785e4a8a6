import { describe, expect, test } from '@jest/globals';
import { importFile, rejectedRows } from '../../testing/imports.js';
import { withService } from '../../testing/with-service.js';

describe('an import of a hostile file', () => {
  const running = withService();

  test.each(['email', 'name', 'status', 'added_at', 'tags'])(
    'rejects a megabyte of spaces inside a cell of %s without delay',
    async (column) => {
      const cell = `a${' '.repeat(999_990)}b@example.com`;
      const header = column === 'email' ? 'email' : `email,${column}`;
      const row = column === 'email' ? cell : `ann@a.example,${cell}`;
      const done = await importFile(running.service, `${header}\n${row}\n`);
      expect(done).toMatchObject({ status: 'FINISHED', added: 0, rejected: 1 });
    },
  );

  test.each(['constructor', 'Constructor', '__proto__', 'hasOwnProperty'])(
    'ignores a column named %s',
    async (column) => {
      const file = `email,${column}\nann@${column.length}.b.example,x\n`;
      expect(await importFile(running.service, file)).toMatchObject({ rejected: 0, rowsRead: 1 });
    },
  );

  test('rejects a time in the year 0, which Postgres does not have', async () => {
    const file =
      'email,added_at\nann@c.example,0000-01-01\nbob@c.example,0001-01-01T00:00+14:00\ncid@c.example,0001-01-01\n';
    const done = await importFile(running.service, file);
    expect(done).toMatchObject({ status: 'FINISHED', added: 1, rejected: 2 });
  });

  test('shows the start of a long header, and replaces NUL characters in it', async () => {
    const header = `attribute.\0${'x'.repeat(300)}`;
    const file = Buffer.from(`\ufeffemail,${header}\nann@d.example,value\n`, 'utf16le');
    const done = await importFile(running.service, file);
    expect(done).toMatchObject({ status: 'FINISHED', rejected: 1 });
    expect(await rejectedRows(running.service, done.id)).toMatchObject([
      { line: 2, column: `attribute.\ufffd${'x'.repeat(189)}` },
    ]);
  });
});
