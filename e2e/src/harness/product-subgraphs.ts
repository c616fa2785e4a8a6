import { accountsSubgraph } from '@supergraph/tools/start/first-owner';
import { type Subgraph, subgraphWith } from '@supergraph/tools/subgraphs';

/** The subgraph with the accounts. */
export const ACCOUNTS: Subgraph = required(accountsSubgraph());

/** The subgraph with the list of subscribers. It is the one that receives TCP messages. */
export const SUBSCRIBERS: Subgraph = required(subgraphWith('TCP_PORT'));

function required(subgraph: Subgraph | undefined): Subgraph {
  if (!subgraph) throw new Error('a subgraph of this product is missing in supergraph.yaml');
  return subgraph;
}
