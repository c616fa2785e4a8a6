import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AddSubscriber } from './add-subscriber.js';
import { StreamPosition } from './stream-position.js';
import { SubscriberConnectionResolver } from './subscriber-connection.resolver.js';
import { SubscriberDirectory } from './subscriber-directory.js';
import { SubscriberFeed } from './subscriber-feed.js';
import { SubscriberList } from './subscriber-list.js';
import { SubscriberLoader } from './subscriber-loader.js';
import { SubscriberEntity } from './subscriber.entity.js';
import { SubscriberMutations } from './subscriber.mutations.js';
import { SubscriberQueries } from './subscriber.queries.js';
import { SubscriberResolver } from './subscriber.resolver.js';
import { SubscriberSubscriptions } from './subscriber.subscriptions.js';
import { UserResolver } from './user.resolver.js';

const services = [AddSubscriber, StreamPosition, SubscriberDirectory, SubscriberFeed, SubscriberList, SubscriberLoader];

const resolvers = [
  SubscriberConnectionResolver,
  SubscriberMutations,
  SubscriberQueries,
  SubscriberResolver,
  SubscriberSubscriptions,
  UserResolver,
];

@Module({
  imports: [TypeOrmModule.forFeature([SubscriberEntity])],
  providers: [...services, ...resolvers],
})
export class SubscribersModule {}
