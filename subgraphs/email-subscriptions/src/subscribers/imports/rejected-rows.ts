import { CursorCodec } from '@kit/service';
import { keysetPage, type KeysetPage, type PageRequest, type Walk } from '@kit/subgraph';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { RejectedRowEntity } from './rejected-row.entity.js';

/** Reads the rejected rows of an import, in the order of the file. */
@Injectable()
export class RejectedRows {
  constructor(
    @InjectRepository(RejectedRowEntity) private readonly rows: Repository<RejectedRowEntity>,
    private readonly cursors: CursorCodec,
  ) {}

  /** @throws InvalidCursor if the cursor is damaged or belongs to another import */
  page(importId: string, request: PageRequest): Promise<KeysetPage<RejectedRowEntity>> {
    const list = {
      scope: `rejected rows of ${importId}`,
      positionOf: ({ line }: RejectedRowEntity) => line,
      walk: (walk: Walk<number>) => this.walk(importId, walk),
    };
    return keysetPage(list, request, this.cursors);
  }

  private walk(
    importId: string,
    { backward, from, inclusive, limit }: Walk<number>,
  ): Promise<RejectedRowEntity[]> {
    const query = this.rows
      .createQueryBuilder('r')
      .where('r.importId = :importId', { importId })
      .orderBy('r.line', backward ? 'DESC' : 'ASC')
      .limit(limit);
    const comparison = `${backward ? '<' : '>'}${inclusive ? '=' : ''}`;
    if (from !== null) query.andWhere(`r.line ${comparison} :from`, { from });
    return query.getMany();
  }
}
