import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Trimmer } from '../database/trimmer.js';
import { AddSubscriber } from './addition/add-subscriber.js';
import { AdditionResolver } from './addition/addition.resolver.js';
import { OLD_IDEMPOTENCY_KEYS } from './addition/idempotency-key.entity.js';
import { Confirmation } from './confirmation/confirmation.js';
import { ConfirmationLimits } from './confirmation/confirmation-limits.js';
import { ConfirmationMails } from './confirmation/confirmation-mails.js';
import { ConfirmationResolver } from './confirmation/confirmation.resolver.js';
import { ConfirmationTokens } from './confirmation/confirmation-tokens.js';
import { ResendConfirmation } from './confirmation/resend-confirmation.js';
import { DeliveryResolver } from './delivery/delivery.resolver.js';
import { ReportDelivery } from './delivery/report-delivery.js';
import { EditingResolver } from './editing/editing.resolver.js';
import { UpdateSubscriber } from './editing/update-subscriber.js';
import { EraseSubscriber } from './erasure/erase-subscriber.js';
import { ErasureResolver } from './erasure/erasure.resolver.js';
import { Erasers } from './erasure/erasers.js';
import { SubscriberKeys } from './keys/subscriber-keys.js';
import { Suppressions } from './keys/suppressions.js';
import { SubscriberChanges } from './life/subscriber-changes.js';
import { SubscriberHistoryEntity } from './life/subscriber-history.entity.js';
import { SubscriberHistory } from './life/subscriber-history.js';
import {
  SubscriberHistoryEntryResolver,
  SubscriberHistoryResolver,
} from './life/subscriber-history.resolver.js';
import { ListResolver } from './list/list.resolver.js';
import { SubscriberList } from './list/subscriber-list.js';
import { SubscriberMessages } from './messages/subscriber-messages.controller.js';
import { KeptSignUps } from './signup/kept-sign-ups.js';
import { SignUp } from './signup/sign-up.js';
import { SignUpProcessing } from './signup/sign-up-processing.js';
import { SignUpResolver } from './signup/sign-up.resolver.js';
import { SIGN_UP_TRIMMINGS } from './signup/sign-up-trimmings.js';
import { SignUpWorker } from './signup/sign-up-worker.js';
import { FigureCounting } from './stats/figure-counting.js';
import { StatsResolver } from './stats/stats.resolver.js';
import { SubscriberFigures } from './stats/subscriber-figures.js';
import { StreamResolver } from './stream/stream.resolver.js';
import { SubscriberStream } from './stream/subscriber-stream.js';
import { SubscriberDirectory } from './subscriber-directory.js';
import { SubscriberLoader } from './subscriber-loader.js';
import { SubscriberEntity } from './subscriber.entity.js';
import { SubscriberResolver } from './subscriber.resolver.js';
import { Unsubscription } from './unsubscribing/unsubscription.js';
import { UnsubscriptionResolver } from './unsubscribing/unsubscription.resolver.js';
import { TagCounting } from './tags/tag-counting.js';
import { TagList } from './tags/tag-list.js';
import { TagResolver } from './tags/tag.resolver.js';
import { TaggingBatch } from './tags/tagging-batch.js';
import { Tagging } from './tags/tagging.js';
import { TaggingResolver } from './tags/tagging.resolver.js';
import { UserResolver } from './user.resolver.js';

const services = [
  AddSubscriber,
  Confirmation,
  ConfirmationLimits,
  ConfirmationMails,
  ConfirmationTokens,
  KeptSignUps,
  ReportDelivery,
  ResendConfirmation,
  SignUp,
  SignUpProcessing,
  SignUpWorker,
  EraseSubscriber,
  Erasers,
  FigureCounting,
  SubscriberChanges,
  SubscriberDirectory,
  SubscriberFigures,
  SubscriberHistory,
  SubscriberKeys,
  SubscriberList,
  SubscriberLoader,
  SubscriberStream,
  Suppressions,
  Unsubscription,
  TagCounting,
  TagList,
  Tagging,
  TaggingBatch,
  UpdateSubscriber,
];

const resolvers = [
  AdditionResolver,
  ConfirmationResolver,
  DeliveryResolver,
  EditingResolver,
  ErasureResolver,
  ListResolver,
  StatsResolver,
  SignUpResolver,
  StreamResolver,
  SubscriberHistoryEntryResolver,
  SubscriberHistoryResolver,
  SubscriberResolver,
  TagResolver,
  TaggingResolver,
  UnsubscriptionResolver,
  UserResolver,
];

@Module({
  imports: [TypeOrmModule.forFeature([SubscriberEntity, SubscriberHistoryEntity])],
  controllers: [SubscriberMessages],
  providers: [...services, ...resolvers],
  exports: services,
})
export class SubscribersModule {
  constructor(trimmer: Trimmer) {
    trimmer.register(...SIGN_UP_TRIMMINGS, OLD_IDEMPOTENCY_KEYS);
  }
}
