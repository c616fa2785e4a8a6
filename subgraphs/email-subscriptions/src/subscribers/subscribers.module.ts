import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AddSubscriber } from './addition/add-subscriber.js';
import { AdditionResolver } from './addition/addition.resolver.js';
import { ListResolver } from './list/list.resolver.js';
import { SubscriberList } from './list/subscriber-list.js';
import { SubscriberMessages } from './messages/subscriber-messages.controller.js';
import { StreamResolver } from './stream/stream.resolver.js';
import { SubscriberStream } from './stream/subscriber-stream.js';
import { SubscriberDirectory } from './subscriber-directory.js';
import { SubscriberLoader } from './subscriber-loader.js';
import { SubscriberEntity } from './subscriber.entity.js';
import { SubscriberResolver } from './subscriber.resolver.js';
import { UserResolver } from './user.resolver.js';

const services = [AddSubscriber, SubscriberDirectory, SubscriberList, SubscriberLoader, SubscriberStream];

const resolvers = [AdditionResolver, ListResolver, StreamResolver, SubscriberResolver, UserResolver];

@Module({
  imports: [TypeOrmModule.forFeature([SubscriberEntity])],
  controllers: [SubscriberMessages],
  providers: [...services, ...resolvers],
})
export class SubscribersModule {}
