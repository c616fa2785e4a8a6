import type { FetchNode, PlanNode, QueryPlan } from '@apollo/query-planner';
import { withoutTypes } from '../fetching/targets.js';

/**
 * The fetches that replace a fetch.
 * @param path of the objects that the fetch is for: `.key.key`, without lists
 */
type Change = (fetch: FetchNode, path: string) => readonly FetchNode[];

/** A plan with other fetches. Several fetches that replace one run in parallel. */
export function mapFetches(plan: QueryPlan, change: Change): QueryPlan {
  const { node } = plan;
  if (!node) return plan;
  if (node.kind !== 'Subscription') return { ...plan, node: mapNode(node, change, '') };
  const [primary = node.primary] = change(node.primary, '');
  return { ...plan, node: { ...node, primary, ...(node.rest && { rest: mapNode(node.rest, change, '') }) } };
}

export function forEachFetch(plan: QueryPlan, visit: (fetch: FetchNode, path: string) => void): void {
  mapFetches(plan, (fetch, path) => {
    visit(fetch, path);
    return [fetch];
  });
}

function mapNode(node: PlanNode, change: Change, path: string): PlanNode {
  const map = (each: PlanNode) => mapNode(each, change, path);
  switch (node.kind) {
    case 'Sequence':
    case 'Parallel':
      return { ...node, nodes: node.nodes.map(map) };
    case 'Flatten': {
      const inner = mapNode(node.node, change, path + responsePath(node.path));
      if (inner.kind !== 'Parallel') return { ...node, node: inner };
      return { ...inner, nodes: inner.nodes.map((each) => ({ ...node, node: each })) };
    }
    case 'Condition': {
      const { ifClause, elseClause } = node;
      return {
        ...node,
        ...(ifClause && { ifClause: map(ifClause) }),
        ...(elseClause && { elseClause: map(elseClause) }),
      };
    }
    case 'Defer':
      return node;
    default: {
      const fetches = change(node, path);
      return fetches.length === 1 ? fetches[0]! : { kind: 'Parallel', nodes: [...fetches] };
    }
  }
}

/** A path of a plan without lists and types. */
function responsePath(path: readonly (string | number)[]): string {
  return withoutTypes(path.map(String))
    .filter((key) => !key.startsWith('@'))
    .map((key) => `.${key.replace(/\|\[.*$/, '')}`)
    .join('');
}
