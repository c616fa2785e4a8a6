import { randomUUID } from 'node:crypto';
import type { System } from '@supergraph/tools/system';
import { post } from './http.js';
import { freshEmail } from './people.js';
import { SUBSCRIBERS } from './product-subgraphs.js';
import { txnToken } from './txn-token.js';

/** Adds a random subscriber directly at the subgraph, without a gateway; returns the address. */
export async function addAtSubgraph(system: System, userId: string = randomUUID()): Promise<string> {
  const email = freshEmail();
  const { data, text } = await post(
    system.subgraphUrls[SUBSCRIBERS.name]!,
    'mutation ($input: AddSubscriberInput!) { addSubscriber(input: $input) { created } }',
    {
      headers: {
        'txn-token': txnToken(system.secrets[SUBSCRIBERS.names.secret]!, { sub: userId }),
      },
      variables: { input: { email } },
    },
  );
  if (data?.addSubscriber?.created !== true) throw new Error(`addSubscriber: ${text}`);
  return email;
}
