import { ANONYMOUS, type AuthContext } from '@kit/auth';
import type { KeysetPage } from '@kit/subgraph';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { caller, EDITOR, ROOM, tokenFor } from '../../testing/callers.js';
import { createImport, importFile, IMPORTER } from '../../testing/imports.js';
import { withService } from '../../testing/with-service.js';

const LIST = `query ($first: Int, $after: String) { subscriberImports(first: $first, after: $after) {
  nodes { id fileName createdBy { id } } edges { cursor node { id } }
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;
const ENTITIES = `query ($representations: [_Any!]!) {
  _entities(representations: $representations) { ... on SubscriberImport { id fileName status } } }`;
const REJECTED = `query ($id: ID!, $first: Int, $after: String) { subscriberImport(id: $id) {
  rejectedRows(first: $first, after: $after) { nodes { line } pageInfo { hasNextPage endCursor } } } }`;

const IMPORTER_ONLY = caller(IMPORTER.viewer.userId, ['subscribers:import']);

type Page = KeysetPage<{ readonly id: string; readonly fileName: string }>;
interface WithRejectedRows {
  readonly subscriberImport: { readonly rejectedRows: KeysetPage<{ readonly line: number }> };
}

describe('the imports', () => {
  const running = withService();
  const ids: string[] = [];
  beforeAll(async () => {
    for (let n = 0; n < 5; n += 1) {
      const { subscriberImport } = await createImport(running.service, { fileName: `${n}.csv` });
      ids.unshift(subscriberImport!.id);
    }
  });
  const request = <Data>(query: string, variables: object = {}, as: AuthContext = IMPORTER_ONLY) =>
    running.service.request<Data>(query, { variables, as });
  const page = async (variables: object): Promise<Page> => {
    const { data, errors } = await request<{ subscriberImports: Page }>(LIST, variables);
    expect(errors).toBeUndefined();
    return data!.subscriberImports;
  };

  test('are listed in pages, newest first', async () => {
    const found: string[] = [];
    let after: string | null = null;
    for (const size of [2, 2, 1]) {
      const { nodes, edges, pageInfo } = await page({ first: 2, after });
      expect(edges.map(({ node }) => node.id)).toEqual(nodes.map(({ id }) => id));
      expect(nodes).toHaveLength(size);
      expect(pageInfo).toEqual({
        hasNextPage: size === 2,
        hasPreviousPage: after !== null,
        startCursor: edges[0]!.cursor,
        endCursor: edges.at(-1)!.cursor,
      });
      found.push(...nodes.map(({ id }) => id));
      after = pageInfo.endCursor;
    }
    expect(found).toEqual(ids);
    const { nodes } = await page({});
    expect(nodes[0]).toEqual({ id: ids[0], fileName: '4.csv', createdBy: { id: IMPORTER.viewer.userId } });
    expect(nodes).toHaveLength(5);
  });

  test('are not disturbed by an import that is created between two pages', async () => {
    const { pageInfo } = await page({ first: 2 });
    const { subscriberImport } = await createImport(running.service);
    const { nodes } = await page({ first: 2, after: pageInfo.endCursor });
    expect(nodes.map(({ id }) => id)).toEqual(ids.slice(2, 4));
    await running.service.database.query('DELETE FROM subscriber_imports WHERE id = $1', [
      subscriberImport!.id,
    ]);
  });

  test.each([[{ after: 'x' }], [{ first: 0 }], [{ first: 101 }]])('reject %j', async (variables) => {
    const { errors } = await request(LIST, variables);
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  test('reject a cursor of another list', async () => {
    const { id } = await importFile(running.service, 'email\nbad\nworse\n');
    const { data } = await request<WithRejectedRows>(REJECTED, { id, first: 1 }, IMPORTER);
    const { endCursor } = data!.subscriberImport.rejectedRows.pageInfo;
    const { errors } = await request(LIST, { after: endCursor });
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  test('have rejected rows in pages, in the order of the file', async () => {
    const { id } = await importFile(running.service, 'email\na\nann@a.example\nb\nc\n');
    const lines: number[] = [];
    let after: string | null = null;
    for (const hasNextPage of [true, false]) {
      const { nodes, pageInfo }: WithRejectedRows['subscriberImport']['rejectedRows'] = (
        await request<WithRejectedRows>(REJECTED, { id, first: 2, after }, IMPORTER)
      ).data!.subscriberImport.rejectedRows;
      lines.push(...nodes.map(({ line }) => line));
      expect(pageInfo.hasNextPage).toBe(hasNextPage);
      after = pageInfo.endCursor;
    }
    expect(lines).toEqual([2, 4, 5]);
    const { data, errors } = await request(REJECTED, { id });
    expect(data).toEqual({ subscriberImport: { rejectedRows: null } });
    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  });

  test('are entities of the federation', async () => {
    const representations = [ids[1], 'x', '0199d0a0-0000-7000-8000-000000000099'].map((id) => ({
      __typename: 'SubscriberImport',
      id,
    }));
    expect((await request(ENTITIES, { representations })).data).toEqual({
      _entities: [{ id: ids[1], fileName: '3.csv', status: 'WAITING_FOR_FILE' }, null, null],
    });
    const { data, errors } = await request(ENTITIES, { representations }, EDITOR);
    expect(data).toEqual({ _entities: [null, null, null] });
    expect(errors!.map(({ extensions }) => extensions['code'])).toContain('FORBIDDEN');
  });

  const OPERATIONS = {
    subscriberImport: 'query ($id: ID!) { subscriberImport(id: $id) { id } }',
    subscriberImports: 'query { subscriberImports { nodes { id } } }',
    createSubscriberImport:
      'mutation { createSubscriberImport(input: { fileName: "a.csv" }) { uploadUrl userErrors { code } } }',
    cancelSubscriberImport:
      'mutation ($id: ID!) { cancelSubscriberImport(input: { id: $id }) { userErrors { code } } }',
  };

  test.each(Object.entries(OPERATIONS))('need the scope of imports for %s', async (field, operation) => {
    const variables = operation.includes('$id') ? { id: ids[0] } : {};
    for (const [as, code] of [
      [ANONYMOUS, 'UNAUTHENTICATED'],
      [EDITOR, 'FORBIDDEN'],
      [ROOM, 'FORBIDDEN'],
    ] as const) {
      const { data, errors } = await request(operation, variables, as);
      expect(data).toEqual({ [field]: null });
      expect(errors).toMatchObject([{ extensions: { code } }]);
    }
    expect((await page({})).nodes.filter(({ id }) => ids.includes(id))).toHaveLength(5);
    const states = await running.service.database.query('SELECT DISTINCT status FROM subscriber_imports');
    expect(states).not.toContainEqual({ status: 'CANCELLED' });
  });

  test('need the scope of imports for subscriberImportProgress', async () => {
    const socket = await running.service.connect();
    const progress = 'subscription ($id: ID!) { subscriberImportProgress(id: $id) { id } }';
    socket.subscribe('1', progress, tokenFor(EDITOR), { id: ids[0] });
    expect(JSON.stringify(await socket.next())).toContain('FORBIDDEN');
    await socket.close();
  });
});
