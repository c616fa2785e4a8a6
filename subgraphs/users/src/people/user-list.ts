import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { CursorCodec } from '@kit/service';
import { keysetPage, type KeysetPage, type PageRequest, type Walk } from '@kit/subgraph';

import { Repository } from 'typeorm';
import { UserEntity } from '../accounts/user.entity.js';
import { whereUserMatches, type UserFilter } from './user-filter.js';

/** Lists users, the newest first: their ids are UUIDs of version 7, which sort by time. */
@Injectable()
export class UserList {
  constructor(
    @InjectRepository(UserEntity) private readonly users: Repository<UserEntity>,
    private readonly cursors: CursorCodec,
  ) {}

  /** @throws InvalidCursor when the cursor is invalid or belongs to another filter */
  page(filter: UserFilter, request: PageRequest): Promise<KeysetPage<UserEntity>> {
    const list = {
      scope: JSON.stringify(['users', filter.text, filter.role]),
      positionOf: ({ id }: UserEntity) => id,
      walk: (walk: Walk<string>) => this.walk(filter, walk),
    };
    return keysetPage(list, request, this.cursors);
  }

  private walk(
    filter: UserFilter,
    { backward, from, inclusive, limit }: Walk<string>,
  ): Promise<UserEntity[]> {
    const query = this.users
      .createQueryBuilder('u')
      .orderBy('u.id', backward ? 'ASC' : 'DESC')
      .limit(limit);
    whereUserMatches(query, filter);
    const comparison = `${backward ? '>' : '<'}${inclusive ? '=' : ''}`;
    if (from !== null) query.andWhere(`u.id ${comparison} :from`, { from });
    return query.getMany();
  }
}
