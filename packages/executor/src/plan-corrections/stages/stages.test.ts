import { describe, expect, test } from '@jest/globals';
import { buildASTSchema, parse } from 'graphql';
import { ComputedFields } from '../../supergraph/computed-fields.js';
import { SubgraphTypes } from '../../supergraph/subgraph-types.js';
import { StagedOperation } from './staged-operation.js';
import { parcels } from '../../testing/parcels.js';

/** The response for the selection of each of two parcels. */
async function order(selection: string, variables: Record<string, unknown> = {}, operation = 'query') {
  const supergraph = parcels();
  const root = operation.startsWith('mutation') ? 'send' : 'order';
  const { data, errors } = await supergraph.run(`${operation} { ${root} { ${selection} } }`, variables);
  expect(errors).toBeUndefined();
  const requests = supergraph.requests.map(({ subgraph }) => subgraph);
  const { parcels: found, items } = data![root] as Record<string, unknown>;
  return { parcels: found, items, requests };
}

describe('a field that requires a computed field', () => {
  test('is fetched after what it requires', async () => {
    const plan = parcels().uncorrectedPlan('{ order { parcels { price } } }');
    expect(plan).toContain(
      '{ ... on Parcel { __typename id } } => { ... on Parcel { __typename kind id class }',
    );
    expect(await order('parcels { price }')).toEqual({
      parcels: [[{ price: 'class 5/50, 5 kg in EUR' }], [{ price: 'class 6/60, 6 kg in EUR' }]],
      requests: ['orders', 'store', 'orders', 'carriers'],
    });
  });

  test('has its own arguments, alias and conditions', async () => {
    const selection = `parcels {
      dollars: price(currency: $currency)
      ... @include(if: $all) { price offer @skip(if: $short) { days text } }
    }`;
    const head = 'query ($currency: String!, $all: Boolean = true, $short: Boolean!)';
    const dollars = ['class 5/50, 5 kg in USD', 'class 6/60, 6 kg in USD'];
    expect(await order(selection, { currency: 'USD', all: false, short: false }, head)).toEqual({
      parcels: dollars.map((each) => [{ dollars: each }]),
      requests: ['orders', 'store', 'orders', 'carriers'],
    });
    const { parcels: all } = await order(selection, { currency: 'USD', short: false }, head);
    expect(all).toEqual(
      dollars.map((each) => [
        {
          dollars: each,
          price: each.replace('USD', 'EUR'),
          offer: { days: 3, text: `offer for ${each.slice(0, 10)}` },
        },
      ]),
    );
  });

  test('is fetched for the object types of an interface', async () => {
    const { items } = await order('items { __typename price ... on Parcel { weight } }');
    expect(items).toEqual([
      { __typename: 'Letter', price: 'free' },
      { __typename: 'Parcel', price: 'class 6/60, 6 kg in EUR', weight: 6 },
    ]);
  });

  test('may be required by others', async () => {
    const { parcels: found } = await order('parcels { premium price }');
    expect(found).toEqual([
      [{ premium: 'premium of class 5/50, 5 kg in USD', price: 'class 5/50, 5 kg in EUR' }],
      [{ premium: 'premium of class 6/60, 6 kg in USD', price: 'class 6/60, 6 kg in EUR' }],
    ]);
  });

  test('is fetched after a mutation', async () => {
    const { parcels: found } = await order('parcels { price(currency: "USD") }', {}, 'mutation');
    expect(found).toEqual([[{ price: 'class 5/50, 5 kg in USD' }], [{ price: 'class 6/60, 6 kg in USD' }]]);
  });

  test('may be selected several times, under conditions of its own and of fields around it', async () => {
    const selection = `
      parcels @include(if: $all) { price }
      parcels { dollars: price(currency: "USD") @skip(if: $all) euros: price @include(if: $all) }`;
    const head = 'query ($all: Boolean!)';
    expect(await order(selection, { all: false }, head)).toEqual({
      parcels: [[{ dollars: 'class 5/50, 5 kg in USD' }], [{ dollars: 'class 6/60, 6 kg in USD' }]],
      requests: ['orders', 'store', 'orders', 'carriers'],
    });
    const { parcels: all, requests } = await order(selection, { all: true }, head);
    const prices = ['class 5/50, 5 kg in EUR', 'class 6/60, 6 kg in EUR'];
    expect(all).toEqual(prices.map((each) => [{ price: each, euros: each }]));
    expect(requests).toEqual(['orders', 'store', 'orders', 'carriers']);
  });

  test('is not fetched for objects whose field leaves it out', async () => {
    const selection = 'parcels @skip(if: $all) { price } parcels @include(if: $all) { offer { text } }';
    const supergraph = parcels();
    await supergraph.run(`query ($all: Boolean!) { order { ${selection} } }`, { all: false });
    const carriers = supergraph.requests.filter(({ subgraph }) => subgraph === 'carriers');
    expect(carriers.map(({ query }) => query.includes('offer'))).toEqual([false]);
  });

  test('may return a union', async () => {
    const { parcels: found } = await order('parcels { deal { ... on Offer { text } } }');
    expect(found).toEqual([
      [{ deal: { text: 'deal for class 5/50' } }],
      [{ deal: { text: 'deal for class 6/60' } }],
    ]);
  });

  test('stays in the plan, beside what it requires, if it has fields of other subgraphs', async () => {
    const selection = 'parcels { offer { text order { parcels { weight } } } }';
    const offer = (text: string) => ({
      offer: { text, order: { parcels: [[{ weight: 5 }], [{ weight: 6 }]] } },
    });
    expect(await order(selection)).toMatchObject({
      parcels: [[offer('offer for class 5/50')], [offer('offer for class 6/60')]],
    });
  });

  test('is fetched before the next mutation', async () => {
    const supergraph = parcels();
    const { data } = await supergraph.run('mutation { send { parcels { price } } remove }');
    expect(data).toMatchObject({
      send: { parcels: [[{ price: 'class 5/50, 5 kg in EUR' }], [{}]] },
      remove: 1,
    });
    const requests = supergraph.requests.map(({ subgraph, query }) => `${subgraph} ${query.slice(0, 8)}`);
    expect(requests.slice(-2)).toEqual(['carriers query($r', 'store mutation']);
  });

  test('is fetched after a subscription’s event', () => {
    const { node } = parcels().plan('subscription { sent { parcels { price } } }');
    const rest = node?.kind === 'Subscription' && node.rest;
    expect(JSON.stringify(rest)).toMatch(
      /"serviceName":"store".*"serviceName":"orders".*"serviceName":"carriers"/,
    );
  });

  test('is null, with the error of what it requires', async () => {
    const supergraph = parcels();
    supergraph.respond = async ({ subgraph }, result) => {
      const response = (await result()) as object;
      if (subgraph !== 'store') return response;
      const text = JSON.stringify(response).replace('"weight":5', '"weight":null');
      const path = ['_entities', 0, 'parcels', 0, 0, 'weight'];
      return { ...(JSON.parse(text) as object), errors: [{ message: 'too heavy', path }] };
    };
    const { errors } = await supergraph.run('{ order { parcels { price } } }');
    expect(errors!.map(({ message, path }) => [message, path?.join('.')])).toEqual([
      ['too heavy', 'order.parcels.0.0.weight'],
    ]);
  });

  test('has the names and directives of the operation in its requests', () => {
    const { supergraphSdl } = parcels().corrections;
    const document = parse(supergraphSdl);
    const staged = StagedOperation.of(
      parse('query Prices($id: ID) @trace(id: $id) { order { parcels { price } } }'),
      undefined,
      {
        schema: buildASTSchema(document, { assumeValid: true, assumeValidSDL: true }),
        computed: new ComputedFields(document),
        types: new SubgraphTypes(document),
      },
      'chained fields',
    )!;
    expect(JSON.stringify(staged.complete({ kind: 'QueryPlan' }))).toContain(
      'query Prices__carriers__computed1($representations:[_Any!]!$id:ID)@trace(id:$id){',
    );
  });
});
