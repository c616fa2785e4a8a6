import type { CursorCodec } from '@kit/service';
import type { PageRequest } from './page-request.js';

/** One page of a list (GraphQL Cursor Connections Specification, section 4), in the list's order in both directions. */
export interface KeysetPage<Row> {
  readonly nodes: Row[];
  readonly edges: { readonly node: Row; readonly cursor: string }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

/** Reads rows from a position on: one index scan, wherever it starts. */
export interface Walk<Position> {
  /** Whether it reads against the list's order. */
  readonly backward: boolean;
  /** The start. Null for the beginning of the list, or its end if `backward`. */
  readonly from: Position | null;
  /** Whether the row at the start, if it still exists, is included. */
  readonly inclusive: boolean;
  /** The largest number of rows to read. */
  readonly limit: number;
}

/** A list that can be paged. `Position` is the sort key of a row. It is unique in the list and JSON-serializable. */
export interface KeysetList<Row, Position> {
  /** Cursors are bound to it: the list, its filter and order. */
  readonly scope: string;
  readonly positionOf: (row: Row) => Position;
  readonly walk: (walk: Walk<Position>) => Promise<Row[]>;
}

/**
 * Reads one page with at most two parallel queries.
 * @throws InvalidCursor when the cursor belongs to another filter or order, or is not a cursor
 */
export async function keysetPage<Row, Position>(
  { scope, positionOf, walk }: KeysetList<Row, Position>,
  { direction, size, cursor }: PageRequest,
  cursors: CursorCodec,
): Promise<KeysetPage<Row>> {
  const from = cursor === null ? null : (JSON.parse(cursors.decode(scope, cursor)) as Position);
  const backward = direction === 'backward';
  // One extra row shows whether there is a next page, and one row before the cursor whether there is a previous one.
  const [rows, behind] = await Promise.all([
    walk({ backward, from, inclusive: false, limit: size + 1 }),
    from === null ? [] : walk({ backward: !backward, from, inclusive: true, limit: 1 }),
  ]);
  const hasMore = rows.length > size;
  const hasBehind = behind.length > 0;
  const nodes = rows.slice(0, size);
  if (backward) nodes.reverse();

  const edges = nodes.map((node) => ({
    node,
    cursor: cursors.encode(scope, JSON.stringify(positionOf(node))),
  }));
  return {
    nodes,
    edges,
    pageInfo: {
      hasNextPage: backward ? hasBehind : hasMore,
      hasPreviousPage: backward ? hasMore : hasBehind,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}
