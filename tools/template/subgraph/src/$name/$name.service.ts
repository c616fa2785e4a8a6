import { newId } from '@kit/database';
import { EventLog, type EventStream } from '@kit/event-log';
import { CursorCodec } from '@kit/service';
import { keysetPage, type PageRequest, type Walk } from '@kit/subgraph';
import { Injectable } from '@nestjs/common';
import { DataSource, In } from 'typeorm';
import { $ItemEntity } from './$one.entity.js';

const ADDED = '$one.added';

@Injectable()
export class $ItemsService {
  /** The stream of additions. */
  readonly added: EventStream<$ItemEntity>;

  constructor(
    private readonly dataSource: DataSource,
    private readonly eventLog: EventLog,
    private readonly cursors: CursorCodec,
  ) {
    this.added = eventLog.stream({ kinds: [ADDED], load: (ids) => this.byIds(ids) });
  }

  /** Adds one, and records the event in the same transaction. */
  async add(text: string, authorId: string): Promise<$ItemEntity> {
    const row = { id: newId(), text, authorId, addedAt: new Date() };
    await this.dataSource.transaction(async (manager) => {
      await manager.insert($ItemEntity, row);
      await this.eventLog.record(manager, { kind: ADDED, subjectId: row.id });
    });
    return row;
  }

  /** A page, newest first. @throws InvalidCursor if the cursor belongs to another list */
  async page(request: PageRequest) {
    const streamCursor = this.eventLog.cursor();
    const list = {
      scope: '$name',
      positionOf: ({ id }: $ItemEntity) => id,
      walk: (walk: Walk<string>) => this.walk(walk),
    };
    return { ...(await keysetPage(list, request, this.cursors)), streamCursor };
  }

  private walk({ backward, from, inclusive, limit }: Walk<string>): Promise<$ItemEntity[]> {
    const query = this.dataSource
      .getRepository($ItemEntity)
      .createQueryBuilder('row')
      .orderBy('row.id', backward ? 'ASC' : 'DESC')
      .limit(limit);
    const comparison = `${backward ? '>' : '<'}${inclusive ? '=' : ''}`;
    if (from !== null) query.where(`row.id ${comparison} :from`, { from });
    return query.getMany();
  }

  private async byIds(ids: readonly string[]): Promise<Map<string, $ItemEntity>> {
    const rows = await this.dataSource.getRepository($ItemEntity).findBy({ id: In(ids) });
    return new Map(rows.map((row) => [row.id, row]));
  }
}
