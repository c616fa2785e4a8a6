import { ResultShape } from '@kit/executor';
import { getOperationAST, Kind, OperationTypeNode, parse, type GraphQLSchema } from 'graphql';
import { deadlineOf } from '../../operation/mutation-rules.js';
import type { RequestContext } from '../../request/request-context.js';
import type { SubgraphRequest } from '../subgraph-data-source.js';

/** The request for a query, as the executor sends it. */
export function requestFor(query: string, schema: GraphQLSchema, context: RequestContext): SubgraphRequest {
  const document = parse(query);
  const { operation: kind, selectionSet } = getOperationAST(document)!;
  const rootFields = selectionSet.selections.flatMap((each) =>
    each.kind === Kind.FIELD ? [each.name.value] : [],
  );
  const shape: ResultShape = new ResultShape(document, schema);
  return {
    kind,
    body: JSON.stringify({ query }),
    context,
    deadlineMs: kind === OperationTypeNode.MUTATION ? deadlineOf(schema, rootFields) : null,
    check: (response) => {
      shape.check(response);
      return response;
    },
  };
}
