import type { CursorCodec } from './cursor-codec.js';
import type { PageRequest } from './page-request.js';

/** One page of a list (GraphQL Cursor Connections Specification, section 4), in the list's order whichever way it was paged. */
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

/** A walk along the rows of a list: one index scan, however deep it starts. */
export interface Walk<Position> {
  /** Whether it goes against the list's order. */
  readonly backward: boolean;
  /** Where it starts; null for the end of the list that it comes from. */
  readonly from: Position | null;
  /** Whether the row at that position, if there still is one, belongs to it. */
  readonly inclusive: boolean;
  /** How many rows it reads at most. */
  readonly limit: number;
}

/** A list that can be paged. `Position` is the sort key of a row, unique in the list, and survives JSON. */
export interface KeysetList<Row, Position> {
  /** What cursors are bound to: which list, under which filter and order. */
  readonly scope: string;
  readonly positionOf: (row: Row) => Position;
  readonly walk: (walk: Walk<Position>) => Promise<Row[]>;
}

/**
 * Reads one page: two walks at the most, side by side.
 * @throws InvalidCursor when the cursor belongs to another filter or order, or to nothing
 */
export async function keysetPage<Row, Position>(
  { scope, positionOf, walk }: KeysetList<Row, Position>,
  { direction, size, cursor }: PageRequest,
  cursors: CursorCodec,
): Promise<KeysetPage<Row>> {
  const from = cursor === null ? null : (JSON.parse(cursors.decode(scope, cursor)) as Position);
  const backward = direction === 'backward';
  // One row more than asked for tells whether the list goes on; one look back tells whether it began before.
  const [rows, behind] = await Promise.all([
    walk({ backward, from, inclusive: false, limit: size + 1 }),
    from === null ? [] : walk({ backward: !backward, from, inclusive: true, limit: 1 }),
  ]);
  const goesOn = rows.length > size;
  const began = behind.length > 0;
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
      hasNextPage: backward ? began : goesOn,
      hasPreviousPage: backward ? goesOn : began,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}
