import { CursorCodec } from '@kit/service';
import { keysetPage, type KeysetPage, type PageRequest, type Walk } from '@kit/subgraph';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** A tag, and how many subscribers have it. */
export interface CountedTag {
  readonly name: string;
  readonly subscribers: number;
}

type Position = readonly [subscribers: number, name: string];

/** The tags in use. The counts are exact: they include all committed changes. Erased subscribers have no tags. */
@Injectable()
export class TagList {
  constructor(
    private readonly dataSource: DataSource,
    private readonly cursors: CursorCodec,
  ) {}

  /**
   * The most used tags first, and those with equal counts by name.
   * @throws InvalidCursor if the cursor is damaged or belongs to another list
   */
  page(request: PageRequest): Promise<KeysetPage<CountedTag>> {
    const list = {
      scope: 'tags',
      positionOf: ({ subscribers, name }: CountedTag): Position => [subscribers, name],
      walk: (walk: Walk<Position>) => this.walk(walk),
    };
    return keysetPage(list, request, this.cursors);
  }

  /** The numbers of subscribers with these tags, 0 for a tag that is not in use. */
  counts(names: readonly string[]): Promise<CountedTag[]> {
    return this.dataSource.query<CountedTag[]>(
      `SELECT name, (
         coalesce((SELECT subscribers FROM tag_counts WHERE tag = name), 0) +
         coalesce((SELECT sum(delta) FROM tag_changes WHERE tag = name), 0)
       )::int AS subscribers
       FROM unnest($1::text[]) AS given (name)`,
      [names],
    );
  }

  private walk({ backward, from, inclusive, limit }: Walk<Position>): Promise<CountedTag[]> {
    const comparison = `${backward ? '<' : '>'}${inclusive ? '=' : ''}`;
    const start = from ? `WHERE (-subscribers, name) ${comparison} (-$2::bigint, $3)` : '';
    const direction = backward ? 'DESC' : 'ASC';
    return this.dataSource.query<CountedTag[]>(
      `SELECT name, subscribers::int FROM (
         SELECT tag AS name, sum(n)::bigint AS subscribers FROM (
           SELECT tag, subscribers AS n FROM tag_counts UNION ALL SELECT tag, delta FROM tag_changes
         ) AS parts
         GROUP BY tag HAVING sum(n) > 0
       ) AS tags ${start}
       ORDER BY -subscribers ${direction}, name ${direction} LIMIT $1`,
      [limit, ...(from ?? [])],
    );
  }
}
