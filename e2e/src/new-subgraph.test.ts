import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freePort } from '@supergraph/tools/free-port';
import { eventually } from './harness/eventually.js';
import { post } from './harness/http.js';
import { liveClient, type Watch, watch } from './harness/live-client.js';
import { freePlace, NpmStart } from './harness/npm-start.js';
import { newPerson, type Person } from './harness/people.js';
import { RepositoryCopy } from './harness/repository-copy.js';

const ADD = `mutation ($text: String!) {
  addNote(input: { text: $text }) { note { text author { displayName } } userErrors { message } }
}`;
const WATCH = `subscription ($after: String) {
  noteAdded(after: $after, bookmarks: true) { cursor note { text author { displayName } } }
}`;

let copy: RepositoryCopy;
beforeAll(async () => {
  copy = await RepositoryCopy.make();
}, 120_000);
afterAll(() => copy?.remove());

describe('npm run new-subgraph -- notes', () => {
  let made: Awaited<ReturnType<RepositoryCopy['run']>>;
  beforeAll(async () => {
    made = await copy.run('npm', 'run', '--silent', 'new-subgraph', '--', 'notes');
  }, 300_000);

  test('adds an entry to supergraph.yaml and changes only generated files besides', async () => {
    expect(made).toEqual({
      code: 0,
      output: expect.stringContaining('notes is a subgraph now, at port 4004'),
    });
    expect(await copy.changed()).toEqual([
      '.env.example',
      'docker-compose.yml',
      'package-lock.json',
      'subgraphs/tsconfig.json',
      'supergraph.graphql',
      'supergraph.yaml',
    ]);
    expect(await copy.read('docker-compose.yml')).toContain('\n  notes-database:\n');
    expect(await copy.read('.env.example')).toContain('\nNOTES_TXN_TOKEN_SECRET=');
  });

  test('leaves nothing to generate, to install or to format', async () => {
    const check = await copy.run('npm', 'run', '--silent', 'schema:check');
    expect(check).toMatchObject({ code: 0 });
    const install = ['ci', '--dry-run', '--offline', '--ignore-scripts', '--no-audit', '--loglevel=error'];
    expect(await copy.run('npm', ...install)).toMatchObject({ code: 0 });
    const formatted = ['prettier', '--check', 'subgraphs', 'supergraph.yaml', 'docker-compose.yml'];
    expect(await copy.run('npx', ...formatted)).toMatchObject({ code: 0 });
  }, 180_000);

  test('has a test that passes', async () => {
    const { code, output } = await copy.run('npm', 'run', '--silent', 'jest', '--', 'subgraphs/notes');
    expect(output).toContain('1 passed, 1 total');
    expect(code).toBe(0);
  }, 180_000);

  test('rejects the same name again', async () => {
    expect(await copy.run('npm', 'run', '--silent', 'new-subgraph', '--', 'notes')).toEqual({
      code: 1,
      output: 'The name notes is taken. Choose another one.\n',
    });
  }, 60_000);

  describe('in the running system', () => {
    let system: NpmStart;
    let ada: Person;
    beforeAll(async () => {
      const place = await freePlace(path.join(copy.folder, '.data'));
      const NOTES_PORT = String(await freePort());
      system = await new NpmStart({ ...place, NOTES_PORT }, {}, copy.folder).up();
      expect(system.output).toContain(`notes ready at http://127.0.0.1:${NOTES_PORT}`);
      ada = await newPerson(system.gatewayUrl);
    }, 180_000);
    afterAll(() => system?.stop());

    const add = async (text: string) => {
      const { data, errors } = await post(system.gatewayUrl, ADD, {
        token: ada.accessToken,
        variables: { text },
      });
      expect(errors).toBeUndefined();
      return data.addNote;
    };
    const note = (text: string) => ({ text, author: { displayName: 'Ada' } });

    test('joins its type with User', async () => {
      expect(await add('first')).toEqual({ note: note('first'), userErrors: [] });
      const { data } = await post(system.gatewayUrl, '{ notes { nodes { text author { displayName } } } }', {
        token: ada.accessToken,
      });
      expect(data).toEqual({ notes: { nodes: [note('first')] } });
    });

    test('sends what was added after the cursor of a list, and resumes after the cursor of an event', async () => {
      const list = await post(system.gatewayUrl, '{ notes { streamCursor } }', { token: ada.accessToken });
      // Nothing watches yet, so the gateway has no events in memory.
      await add('second');
      const client = liveClient(system.gatewayUrl, ada.accessToken);
      const watcher = watch(client, WATCH, { after: list.data.notes.streamCursor });
      const second = await eventually(() => noteEvents(watcher)[0], Boolean);
      expect(second).toEqual({ cursor: expect.any(String), note: note('second') });
      await add('third');
      await eventually(
        () => noteEvents(watcher),
        ({ length }) => length === 2,
      );
      watcher.stop();

      await add('fourth');
      const resumed = watch(client, WATCH, { after: second!.cursor });
      const events = await eventually(
        () => noteEvents(resumed),
        ({ length }) => length === 2,
      );
      expect(events.map((event) => event.note)).toEqual([note('third'), note('fourth')]);
      resumed.stop();
      await client.dispose();
    });
  });
});

/** The events of a watcher without bookmarks. */
function noteEvents({ events }: Watch): { cursor: string; note: object }[] {
  return events.map(({ data }) => data.noteAdded).filter((event) => event.note !== null);
}
