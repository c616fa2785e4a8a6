import { describe, expect, test } from '@jest/globals';
import { importFile, rejectedRows } from '../../testing/imports.js';
import { withService } from '../../testing/with-service.js';

const NBSP = '\u00a0';
const utf16 = (text: string, order: 'le' | 'be') => {
  const bytes = Buffer.from(`\ufeff${text}`, 'utf16le');
  return order === 'le' ? bytes : bytes.swap16();
};

describe('an import of an awkward file', () => {
  const running = withService();
  const names = async (domain: string) => {
    const rows = await running.service.database.query<{ email: string; name: string | null }[]>(
      'SELECT email, name FROM subscribers WHERE email LIKE $1 ORDER BY email',
      [`%@${domain}`],
    );
    return rows.map(({ email, name }) => [email, name]);
  };

  test.each([
    ['UTF-8 with a byte order mark', Buffer.from('\ufeffemail,name\nann@a.example,Zoë\n'), 'a.example'],
    ['UTF-16, little-endian', utf16('email,name\nann@b.example,Zoë\n', 'le'), 'b.example'],
    ['UTF-16, big-endian', utf16('email,name\nann@c.example,Zoë\n', 'be'), 'c.example'],
    ['Windows-1252', Buffer.from('email,name\nann@d.example,Zo\xeb\n', 'latin1'), 'd.example'],
  ])('reads %s', async (_, file, domain) => {
    expect(await importFile(running.service, file)).toMatchObject({
      status: 'FINISHED',
      added: 1,
      rejected: 0,
    });
    expect(await names(domain)).toEqual([[`ann@${domain}`, 'Zoë']]);
  });

  test.each([
    [
      'neither UTF-8 nor Windows-1252',
      Buffer.from('email\nann@f.example\nb\x81b@f.example\n', 'latin1'),
      'Line 3',
    ],
    ['binary', Buffer.from('email\n\0\0\n'), 'Line 2'],
    ['empty', Buffer.alloc(0), 'The file is empty.'],
    ['without a column for the address', Buffer.from('name\nAnn\n'), 'no column for the e-mail address'],
    [
      'with two columns for the address',
      Buffer.from('email,e-mail\na@f.example,b@f.example\n'),
      'two columns',
    ],
    ['of 201 columns', Buffer.from(`email${',x'.repeat(200)}\n`), 'more than 200 columns'],
    ['with an open quotation mark', Buffer.from('email\nann@f.example\n"bob@f.example\n'), 'after line 2'],
  ])('fails as a whole when it is %s', async (_, file, problem) => {
    const failed = await importFile(running.service, file);
    expect(failed).toMatchObject({ status: 'FAILED', added: 0, problem: expect.stringContaining(problem) });
    expect(await names('f.example')).toEqual([]);
  });

  test('finishes with a header line alone', async () => {
    expect(await importFile(running.service, 'email,name')).toMatchObject({
      status: 'FINISHED',
      rowsRead: 0,
    });
  });

  test('reads mixed line endings, blank lines, and delimiters at the end of lines', async () => {
    const file =
      'email;name;\r\nann@g.example;Ann;\rbob@g.example;Bob;\n\r\n\ncid@g.example;"Cid";\r\ndan@g.example;Dan';
    expect(await importFile(running.service, file)).toMatchObject({ rowsRead: 4, added: 4, rejected: 0 });
    expect((await names('g.example')).map(([, name]) => name)).toEqual(['Ann', 'Bob', 'Cid', 'Dan']);
  });

  test('reads tabs, and removes space and apostrophes around cells', async () => {
    const file = `Mail\tName\n${NBSP}ann@h.example\u200b\t${NBSP}Ann ${NBSP}\nbob@h.example\t'=Bob\n'+cid@h.example\t\n`;
    expect(await importFile(running.service, file)).toMatchObject({ added: 3 });
    expect(await names('h.example')).toEqual([
      ['+cid@h.example', null],
      ['ann@h.example', 'Ann'],
      ['bob@h.example', '=Bob'],
    ]);
  });

  test.each([
    [';', 'm1.example'],
    [',', 'm2.example'],
    ['\t', 'm3.example'],
  ])('skips the first line of files for Excel, sep=%j', async (delimiter, domain) => {
    const file = `\ufeffsep=${delimiter}\r\nemail${delimiter}name\r\nann@${domain}${delimiter}Ann\r\nbob${delimiter}\r\n`;
    const done = await importFile(running.service, file);
    expect(done).toMatchObject({ status: 'FINISHED', rowsRead: 2, added: 1 });
    expect(await rejectedRows(running.service, done.id)).toMatchObject([{ line: 4 }]);
    expect(await names(domain)).toEqual([[`ann@${domain}`, 'Ann']]);
  });

  test('reads quoted addresses, with and without quotation marks of CSV', async () => {
    const file = 'email,name\n"ann b"@i.example,\n"""bob b""@i.example",Bob\n';
    expect(await importFile(running.service, file)).toMatchObject({ added: 2, rejected: 0 });
    expect(await names('i.example')).toEqual([
      ['"ann b"@i.example', null],
      ['"bob b"@i.example', 'Bob'],
    ]);
  });

  test('reads 200 columns', async () => {
    const columns = Array.from({ length: 198 }, (_, n) => n);
    const file = `email,name,${columns.map((n) => `attribute.a${n}`).join(',')}\nann@j.example,Ann,${columns.join(',')}\n`;
    expect(await importFile(running.service, file)).toMatchObject({ added: 1 });
    const [{ attributes }] = await running.service.database.query<[{ attributes: object }]>(
      `SELECT attributes FROM subscribers WHERE email = 'ann@j.example'`,
    );
    expect(Object.keys(attributes)).toHaveLength(198);
    expect(attributes).toMatchObject({ a197: '197' });
  });

  test('rejects rows by line, column and reason, and imports the others', async () => {
    const file = [
      'email,name,status,added_at,attributes,x',
      'not an address,Ann,,,,',
      `ann@k.example,"A\nn\r\nn",,,,`,
      'bob@k.example,Bob,ERASED,,,',
      `cid@k.example,,,,,${'x'.repeat(1_000_001)}`,
      'dan@k.example,,,2999-01-01,,',
      'eve@k.example,,,2020-02-31,,',
      'fay@k.example,,,,[],',
      'gus@k.example,,,,,,more',
      '"two',
      'lines"@k.example,,,,,',
      'hal@k.example,Hal,,,,',
    ].join('\r\n');
    const done = await importFile(running.service, file);
    expect(done).toMatchObject({ status: 'FINISHED', rowsRead: 10, added: 1, rejected: 9 });
    const rows = await rejectedRows(running.service, done.id);
    expect(rows.map(({ line, column, code }) => [line, column, code])).toEqual([
      [2, 'email', 'INVALID_EMAIL'],
      [3, 'name', 'INVALID_INPUT'],
      [6, 'status', 'INVALID_INPUT'],
      [7, 'x', 'INVALID_INPUT'],
      [8, 'added_at', 'INVALID_INPUT'],
      [9, 'added_at', 'INVALID_INPUT'],
      [10, 'attributes', 'INVALID_INPUT'],
      [11, null, 'INVALID_INPUT'],
      [12, 'email', 'INVALID_EMAIL'],
    ]);
    expect(rows[0]).toMatchObject({
      message: expect.stringContaining('name@example.com'),
      value: 'not an address',
    });
    expect(rows[3]!.value).toHaveLength(200);
    expect(await names('k.example')).toEqual([['hal@k.example', 'Hal']]);
  });

  test('takes columns from the input', async () => {
    const file = 'Adresse,Ort,name\nann@l.example,Bern,Ann\n';
    const columns = [
      { header: 'Adresse', field: 'EMAIL' },
      { header: 'Ort', field: 'ATTRIBUTE', attribute: 'city' },
      { header: 'name', field: 'IGNORE' },
    ];
    expect(await importFile(running.service, file, { columns })).toMatchObject({ added: 1 });
    expect(await names('l.example')).toEqual([['ann@l.example', null]]);
    const unknown = await importFile(running.service, file, {
      columns: [{ header: 'Mail', field: 'EMAIL' }],
    });
    expect(unknown.problem).toContain('entry 1 of columns');
  });
});
