import { CursorCodec } from '@kit/service';
import { isId } from '@kit/database';
import { keysetPage, type KeysetPage, type PageRequest, type Walk } from '@kit/subgraph';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { ImportEntity } from './import.entity.js';

/** Reads imports, newest first. */
@Injectable()
export class ImportList {
  constructor(
    @InjectRepository(ImportEntity) private readonly imports: Repository<ImportEntity>,
    private readonly cursors: CursorCodec,
  ) {}

  async byId(id: string): Promise<ImportEntity | null> {
    return isId(id) ? this.imports.findOneBy({ id }) : null;
  }

  /** @throws InvalidCursor if the cursor is damaged or belongs to another list */
  page(request: PageRequest): Promise<KeysetPage<ImportEntity>> {
    const list = {
      scope: 'imports',
      positionOf: ({ id }: ImportEntity) => id,
      walk: (walk: Walk<string>) => this.walk(walk),
    };
    return keysetPage(list, request, this.cursors);
  }

  /** Ids sort by time. */
  private walk({ backward, from, inclusive, limit }: Walk<string>): Promise<ImportEntity[]> {
    const query = this.imports
      .createQueryBuilder('i')
      .orderBy('i.id', backward ? 'ASC' : 'DESC')
      .limit(limit);
    const comparison = `${backward ? '>' : '<'}${inclusive ? '=' : ''}`;
    if (from !== null) query.where(`i.id ${comparison} :from`, { from });
    return query.getMany();
  }
}
