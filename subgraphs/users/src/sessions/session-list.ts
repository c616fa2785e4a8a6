import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { CursorCodec } from '@kit/service';
import { keysetPage, type KeysetPage, type PageRequest, type Walk } from '@kit/subgraph';

import type { Repository } from 'typeorm';
import { alive } from './alive.js';
import { SessionEntity } from './session.entity.js';
import { shownSession, type ShownSession } from './viewer.js';

/** Lists the active sessions of a user. */
@Injectable()
export class SessionList {
  constructor(
    @InjectRepository(SessionEntity) private readonly sessions: Repository<SessionEntity>,
    private readonly cursors: CursorCodec,
  ) {}

  /**
   * Returns a page of a user's active sessions, latest login first. In this order, positions do not change.
   * @throws InvalidCursor
   */
  page(userId: string, currentId: string, request: PageRequest): Promise<KeysetPage<ShownSession>> {
    const list = {
      scope: JSON.stringify(['sessions', userId]),
      positionOf: ({ id }: ShownSession) => id,
      walk: async (walk: Walk<string>) => {
        const rows = await this.walk(userId, walk);
        return rows.map((row) => shownSession(row, currentId));
      },
    };
    return keysetPage(list, request, this.cursors);
  }

  /** Walks the ids, which are UUIDv7 and therefore in the order of time. */
  private walk(userId: string, { backward, from, inclusive, limit }: Walk<string>): Promise<SessionEntity[]> {
    const query = this.sessions
      .createQueryBuilder('s')
      .where({ userId, ...alive() })
      .orderBy('s.id', backward ? 'ASC' : 'DESC')
      .limit(limit);
    if (from !== null) {
      query.andWhere(`s.id ${backward ? '>' : '<'}${inclusive ? '=' : ''} :from`, { from });
    }
    return query.getMany();
  }
}
