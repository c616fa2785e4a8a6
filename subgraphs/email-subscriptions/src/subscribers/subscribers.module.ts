import { LOGGER } from '@kit/service';
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { Logger } from 'pino';
import { WakeUps } from '../event-log/wake-ups.js';
import { AddSubscriber } from './addition/add-subscriber.js';
import { AdditionResolver } from './addition/addition.resolver.js';
import { ListResolver } from './list/list.resolver.js';
import { SubscriberList } from './list/subscriber-list.js';
import { SubscriberMessages } from './messages/subscriber-messages.controller.js';
import { Additions } from './stream/additions.js';
import { StreamCursors } from './stream/stream-cursor.js';
import { StreamFigures } from './stream/stream-figures.js';
import { StreamResolver } from './stream/stream.resolver.js';
import { SubscriberStream } from './stream/subscriber-stream.js';
import { Tail, TAIL_SETTINGS } from './stream/tail.js';
import { SubscriberDirectory } from './subscriber-directory.js';
import { SubscriberLoader } from './subscriber-loader.js';
import { SubscriberEntity } from './subscriber.entity.js';
import { SubscriberResolver } from './subscriber.resolver.js';
import { UserResolver } from './user.resolver.js';

const services = [
  Additions,
  AddSubscriber,
  StreamCursors,
  SubscriberDirectory,
  SubscriberList,
  SubscriberLoader,
  StreamFigures,
  SubscriberStream,
  {
    provide: Tail,
    inject: [Additions, WakeUps, LOGGER],
    useFactory: (additions: Additions, wakeUps: WakeUps, logger: Logger) =>
      new Tail(additions, wakeUps, logger, TAIL_SETTINGS),
  },
];

const resolvers = [AdditionResolver, ListResolver, StreamResolver, SubscriberResolver, UserResolver];

@Module({
  imports: [TypeOrmModule.forFeature([SubscriberEntity])],
  controllers: [SubscriberMessages],
  providers: [...services, ...resolvers],
  exports: [StreamFigures],
})
export class SubscribersModule {}
