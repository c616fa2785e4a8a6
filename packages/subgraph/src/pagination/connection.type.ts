import { Field, ObjectType } from '@nestjs/graphql';
import { PageInfo } from './page-info.type.js';

interface ConnectionWords {
  /** The name of the node's GraphQL type. */
  readonly name: string;
  /** One item and several, such as `note` and `notes`, for descriptions. */
  readonly item: string;
  readonly items: string;
  /** The order of the list, such as `newest first`. */
  readonly order: string;
  /** How a client uses a cursor. */
  readonly cursor: string;
}

/**
 * The base class of a Relay connection (GraphQL Cursor Connections Specification, section 2), with the type of its
 * edges.
 * @example
 * ```
 * \@ObjectType({ description: 'A page of notes.' })
 * class NoteConnection extends connectionOf(Note, {
 *   name: 'Note', item: 'note', items: 'notes', order: 'newest first', cursor: 'Pass it as `after`.',
 * }) {}
 * ```
 */
export function connectionOf<Node>(
  node: abstract new () => Node,
  { name, item, items, order, cursor }: ConnectionWords,
) {
  @ObjectType(`${name}Edge`, { description: `${withArticle(item)} on a page, with its cursor.` })
  class Edge {
    @Field(() => node, { description: `The ${item}.` })
    node: Node;

    @Field(() => String, { description: `The position of the ${item} in the list. ${cursor}` })
    cursor: string;
  }

  @ObjectType({ isAbstract: true })
  abstract class Connection {
    @Field(() => [node], { description: `The ${items} on this page, ${order}.` })
    nodes: Node[];

    @Field(() => [Edge], { description: `The ${items} on this page, each with its cursor.` })
    edges: Edge[];

    @Field(() => PageInfo, {
      description: 'Whether there are pages before and after this one, and the cursors to request them.',
    })
    pageInfo: PageInfo;
  }
  return Connection;
}

/** A word that begins with `u` sounds like `you` more often than not. */
function withArticle(word: string): string {
  return `${/^[aeio]/i.test(word) ? 'An' : 'A'} ${word}`;
}
