import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { NIL } from 'uuid';
import { Repository } from 'typeorm';
import { CursorCodec } from '../../pagination/cursor-codec.js';
import { SubscriberEntity } from '../subscriber.entity.js';

const STREAM = 'subscriberAdded';

/** Positions of the stream of additions, as the cursors that clients see. A position is that of an addition. */
@Injectable()
export class StreamPosition {
  constructor(
    @InjectRepository(SubscriberEntity) private readonly subscribers: Repository<SubscriberEntity>,
    private readonly cursors: CursorCodec,
  ) {}

  /** Where the stream stands now: at the newest addition, or before the first. */
  async current(): Promise<string> {
    const [newest] = await this.subscribers.find({
      select: { id: true },
      order: { addedAt: 'DESC', id: 'DESC' },
      take: 1,
    });
    return this.at(newest?.id ?? NIL);
  }

  at(subscriberId: string): string {
    return this.cursors.encode(STREAM, subscriberId);
  }
}
