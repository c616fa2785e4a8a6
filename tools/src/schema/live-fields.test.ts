import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { buildASTSchema, parse, print } from 'graphql';
import { repositoryRoot } from '../repository.js';

test('events of the API depend on the scopes of their watchers only', async () => {
  const sdl = await readFile(path.join(repositoryRoot, 'supergraph.graphql'), 'utf8');
  const subscription = buildASTSchema(parse(sdl), { assumeValidSDL: true }).getSubscriptionType();
  const live = Object.values(subscription?.getFields() ?? {}).map(({ name, astNode }) => [
    name,
    ...(astNode?.directives ?? []).filter((each) => each.name.value === 'live').map(print),
  ]);
  const fields = ['subscriberAdded', 'subscriberChanged', 'subscriberImportProgress'];
  expect(live).toEqual(fields.map((name) => [name, '@live(audience: SCOPES)']));
});
